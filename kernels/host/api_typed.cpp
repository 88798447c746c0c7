// ABI functions of the kernels that there are for each storage type: each checks its arguments and calls through the
// table of the instruction set in use.
#include "errors.h"
#include "kernel_table.h"
#include "storage.h"

using memo::Element;
using memo::Failure;
using memo::guarded;
using memo::kernels;
using memo::require_at_least;
using memo::require_ids;
using memo::require_matrix;
using memo::require_pointers;

int MEMO_TYPED(memo_rms_norm_forward)(const Element *x, const Element *weight, Element *y, int64_t rows, int64_t cols,
                                      float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().MEMO_TYPED(rms_norm_forward)(x, weight, y, rows, cols, epsilon);
  });
}

int MEMO_TYPED(memo_rms_norm_backward)(const Element *x, const Element *weight, const Element *dy, Element *dx,
                                       float *dweight, int64_t rows, int64_t cols, float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(dy), MEMO_POINTER(dx),
                      MEMO_POINTER(dweight)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().MEMO_TYPED(rms_norm_backward)(x, weight, dy, dx, dweight, rows, cols, epsilon);
  });
}

int MEMO_TYPED(memo_layer_norm_forward)(const Element *x, const Element *weight, const Element *bias, Element *y,
                                        int64_t rows, int64_t cols, float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(bias), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().MEMO_TYPED(layer_norm_forward)(x, weight, bias, y, rows, cols, epsilon);
  });
}

int MEMO_TYPED(memo_layer_norm_backward)(const Element *x, const Element *weight, const Element *dy, Element *dx,
                                         float *dweight, float *dbias, int64_t rows, int64_t cols, float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(dy), MEMO_POINTER(dx),
                      MEMO_POINTER(dweight), MEMO_POINTER(dbias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().MEMO_TYPED(layer_norm_backward)(x, weight, dy, dx, dweight, dbias, rows, cols, epsilon);
  });
}

int MEMO_TYPED(memo_bias_forward)(Element *y, const Element *bias, int64_t rows, int64_t cols) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(y), MEMO_POINTER(bias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().MEMO_TYPED(bias_forward)(y, bias, rows, cols);
  });
}

int MEMO_TYPED(memo_bias_backward)(const Element *dy, float *dbias, int64_t rows, int64_t cols) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(dy), MEMO_POINTER(dbias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().MEMO_TYPED(bias_backward)(dy, dbias, rows, cols);
  });
}

int MEMO_TYPED(memo_residual_add)(Element *y, const Element *x, int64_t n) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(y), MEMO_POINTER(x)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().MEMO_TYPED(residual_add)(y, x, n);
  });
}

int MEMO_TYPED(memo_swiglu_forward)(const Element *gate_up, Element *act, int64_t rows, int64_t ffn) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(gate_up), MEMO_POINTER(act)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(ffn));
    kernels().MEMO_TYPED(swiglu_forward)(gate_up, act, rows, ffn);
  });
}

int MEMO_TYPED(memo_swiglu_backward)(Element *gate_up, Element *dact, int64_t rows, int64_t ffn) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(gate_up), MEMO_POINTER(dact)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(ffn));
    kernels().MEMO_TYPED(swiglu_backward)(gate_up, dact, rows, ffn);
  });
}

int MEMO_TYPED(memo_gelu_forward)(const Element *x, Element *act, int64_t n) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(act)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().MEMO_TYPED(gelu_forward)(x, act, n);
  });
}

int MEMO_TYPED(memo_gelu_backward)(Element *x, Element *dact, int64_t n) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(dact)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().MEMO_TYPED(gelu_backward)(x, dact, n);
  });
}

int MEMO_TYPED(memo_rotary)(Element *x, int64_t row_stride, const int32_t *positions, const float *cosines,
                            const float *sines, int64_t rows, int64_t heads, int64_t head_dim, int inverse) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(positions), MEMO_POINTER(cosines), MEMO_POINTER(sines)});
    require_matrix(MEMO_COUNT(heads), MEMO_COUNT(head_dim));
    if (head_dim % 2 != 0) {
      throw Failure(MEMO_INVALID_ARGUMENT, "head_dim=%lld, must be even", static_cast<long long>(head_dim));
    }
    require_at_least(MEMO_COUNT(row_stride), heads * head_dim);
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(row_stride));
    require_ids("positions", positions, rows, 0, INT64_C(1) << 31);
    kernels().MEMO_TYPED(rotary)(x, row_stride, positions, cosines, sines, rows, heads, head_dim, inverse);
  });
}

int MEMO_TYPED(memo_embedding_forward)(const Element *table, const int32_t *ids, Element *y, int64_t rows, int64_t cols,
                                       int64_t table_rows, int accumulate) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(table), MEMO_POINTER(ids), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_matrix(MEMO_COUNT(table_rows), MEMO_COUNT(cols));
    require_ids("ids", ids, rows, 0, table_rows);
    kernels().MEMO_TYPED(embedding_forward)(table, ids, y, rows, cols, table_rows, accumulate);
  });
}

int MEMO_TYPED(memo_embedding_backward)(const Element *dy, const int32_t *ids, float *dtable, int64_t rows,
                                        int64_t cols, int64_t table_rows, int64_t skipped_id) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(dy), MEMO_POINTER(ids), MEMO_POINTER(dtable)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_matrix(MEMO_COUNT(table_rows), MEMO_COUNT(cols));
    require_ids("ids", ids, rows, 0, table_rows);
    kernels().MEMO_TYPED(embedding_backward)(dy, ids, dtable, rows, cols, table_rows, skipped_id);
  });
}

int MEMO_TYPED(memo_cross_entropy)(Element *logits, const int32_t *targets, double *loss_sum, int64_t rows,
                                   int64_t vocab, float scale) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(logits), MEMO_POINTER(targets), MEMO_POINTER(loss_sum)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(vocab));
    require_ids("targets", targets, rows, INT32_MIN, vocab);
    kernels().MEMO_TYPED(cross_entropy)(logits, targets, loss_sum, rows, vocab, scale);
  });
}
