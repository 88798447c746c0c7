// The kernels' ABI functions: each checks its arguments and calls through the table of the instruction set in use.
#include "errors.h"
#include "kernel_table.h"

using memo::Failure;
using memo::guarded;
using memo::kernels;
using memo::require_at_least;
using memo::require_ids;
using memo::require_matrix;
using memo::require_pointers;

int memo_copy(void *destination, const void *source, int64_t size_bytes) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(destination), MEMO_POINTER(source)});
    require_at_least(MEMO_COUNT(size_bytes), 0);
    kernels().copy(destination, source, size_bytes);
  });
}

int memo_zero(void *destination, int64_t size_bytes) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(destination)});
    require_at_least(MEMO_COUNT(size_bytes), 0);
    kernels().zero(destination, size_bytes);
  });
}

int memo_rms_norm_forward_f32(const float *x, const float *weight, float *y, int64_t rows, int64_t cols,
                              float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().rms_norm_forward_f32(x, weight, y, rows, cols, epsilon);
  });
}

int memo_rms_norm_backward_f32(const float *x, const float *weight, const float *dy, float *dx, float *dweight,
                               int64_t rows, int64_t cols, float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(dy), MEMO_POINTER(dx),
                      MEMO_POINTER(dweight)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().rms_norm_backward_f32(x, weight, dy, dx, dweight, rows, cols, epsilon);
  });
}

int memo_layer_norm_forward_f32(const float *x, const float *weight, const float *bias, float *y, int64_t rows,
                                int64_t cols, float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(bias), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().layer_norm_forward_f32(x, weight, bias, y, rows, cols, epsilon);
  });
}

int memo_layer_norm_backward_f32(const float *x, const float *weight, const float *dy, float *dx, float *dweight,
                                 float *dbias, int64_t rows, int64_t cols, float epsilon) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(dy), MEMO_POINTER(dx),
                      MEMO_POINTER(dweight), MEMO_POINTER(dbias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().layer_norm_backward_f32(x, weight, dy, dx, dweight, dbias, rows, cols, epsilon);
  });
}

int memo_bias_forward_f32(float *y, const float *bias, int64_t rows, int64_t cols) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(y), MEMO_POINTER(bias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().bias_forward_f32(y, bias, rows, cols);
  });
}

int memo_bias_backward_f32(const float *dy, float *dbias, int64_t rows, int64_t cols) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(dy), MEMO_POINTER(dbias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    kernels().bias_backward_f32(dy, dbias, rows, cols);
  });
}

int memo_residual_add_f32(float *y, const float *x, int64_t n) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(y), MEMO_POINTER(x)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().residual_add_f32(y, x, n);
  });
}

int memo_swiglu_forward_f32(const float *gate_up, float *act, int64_t rows, int64_t ffn) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(gate_up), MEMO_POINTER(act)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(ffn));
    kernels().swiglu_forward_f32(gate_up, act, rows, ffn);
  });
}

int memo_swiglu_backward_f32(float *gate_up, float *dact, int64_t rows, int64_t ffn) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(gate_up), MEMO_POINTER(dact)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(ffn));
    kernels().swiglu_backward_f32(gate_up, dact, rows, ffn);
  });
}

int memo_gelu_forward_f32(const float *x, float *act, int64_t n) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(act)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().gelu_forward_f32(x, act, n);
  });
}

int memo_gelu_backward_f32(float *x, float *dact, int64_t n) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(dact)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().gelu_backward_f32(x, dact, n);
  });
}

int memo_rotary_table_f32(const float *inverse_frequency, float *cosines, float *sines, int64_t positions,
                          int64_t half_dim) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(inverse_frequency), MEMO_POINTER(cosines), MEMO_POINTER(sines)});
    require_matrix(MEMO_COUNT(positions), MEMO_COUNT(half_dim));
    kernels().rotary_table_f32(inverse_frequency, cosines, sines, positions, half_dim);
  });
}

int memo_rotary_f32(float *x, int64_t row_stride, const int32_t *positions, const float *cosines, const float *sines,
                    int64_t rows, int64_t heads, int64_t head_dim, int inverse) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(positions), MEMO_POINTER(cosines), MEMO_POINTER(sines)});
    require_matrix(MEMO_COUNT(heads), MEMO_COUNT(head_dim));
    if (head_dim % 2 != 0) {
      throw Failure(MEMO_INVALID_ARGUMENT, "head_dim=%lld, must be even", static_cast<long long>(head_dim));
    }
    require_at_least(MEMO_COUNT(row_stride), heads * head_dim);
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(row_stride));
    require_ids("positions", positions, rows, 0, INT64_C(1) << 31);
    kernels().rotary_f32(x, row_stride, positions, cosines, sines, rows, heads, head_dim, inverse);
  });
}

int memo_embedding_forward_f32(const float *table, const int32_t *ids, float *y, int64_t rows, int64_t cols,
                               int64_t table_rows, int accumulate) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(table), MEMO_POINTER(ids), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_matrix(MEMO_COUNT(table_rows), MEMO_COUNT(cols));
    require_ids("ids", ids, rows, 0, table_rows);
    kernels().embedding_forward_f32(table, ids, y, rows, cols, table_rows, accumulate);
  });
}

int memo_embedding_backward_f32(const float *dy, const int32_t *ids, float *dtable, int64_t rows, int64_t cols,
                                int64_t table_rows, int64_t skipped_id) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(dy), MEMO_POINTER(ids), MEMO_POINTER(dtable)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_matrix(MEMO_COUNT(table_rows), MEMO_COUNT(cols));
    require_ids("ids", ids, rows, 0, table_rows);
    kernels().embedding_backward_f32(dy, ids, dtable, rows, cols, table_rows, skipped_id);
  });
}

int memo_cross_entropy_f32(float *logits, const int32_t *targets, double *loss_sum, int64_t rows, int64_t vocab,
                           float scale) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(logits), MEMO_POINTER(targets), MEMO_POINTER(loss_sum)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(vocab));
    require_ids("targets", targets, rows, INT32_MIN, vocab);
    kernels().cross_entropy_f32(logits, targets, loss_sum, rows, vocab, scale);
  });
}

int memo_sum_of_squares_f32(const float *x, int64_t n, double *sum) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(sum)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().sum_of_squares_f32(x, n, sum);
  });
}

int memo_adamw_f32(float *w, float *m, float *v, float *gradient, int64_t n, double gradient_scale, double lr,
                   double beta1, double beta2, double epsilon, double weight_decay, double bias_correction1,
                   double bias_correction2) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(w), MEMO_POINTER(m), MEMO_POINTER(v), MEMO_POINTER(gradient)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().adamw_f32(w, m, v, gradient, n, gradient_scale, lr, beta1, beta2, epsilon, weight_decay,
                        bias_correction1, bias_correction2);
  });
}
