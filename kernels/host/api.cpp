// ABI functions of the kernels that there are once: each checks its arguments and calls through the table of the
// instruction set in use.
#include "errors.h"
#include "kernel_table.h"

using memo::guarded;
using memo::kernels;
using memo::NamedCount;
using memo::require_at_least;
using memo::require_matrix;
using memo::require_pointers;

namespace {

void require_rows(int64_t rows, NamedCount cols, NamedCount source_stride, NamedCount target_stride) {
  require_at_least(MEMO_COUNT(rows), 0);
  require_at_least(cols, 1);
  require_at_least(source_stride, cols.value);
  require_at_least(target_stride, cols.value);
  require_matrix(MEMO_COUNT(rows), source_stride);
  require_matrix(MEMO_COUNT(rows), target_stride);
}

}  // namespace

int memo_copy(void *destination, const void *source, int64_t size_bytes) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(destination), MEMO_POINTER(source)});
    require_at_least(MEMO_COUNT(size_bytes), 0);
    kernels().copy(destination, source, size_bytes);
  });
}

int memo_copy_columns(const void *source, int64_t source_stride_bytes, void *target, int64_t target_stride_bytes,
                      int64_t rows, int64_t row_bytes) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(source), MEMO_POINTER(target)});
    require_rows(rows, MEMO_COUNT(row_bytes), MEMO_COUNT(source_stride_bytes), MEMO_COUNT(target_stride_bytes));
    kernels().copy_columns(source, source_stride_bytes, target, target_stride_bytes, rows, row_bytes);
  });
}

int memo_zero(void *destination, int64_t size_bytes) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(destination)});
    require_at_least(MEMO_COUNT(size_bytes), 0);
    kernels().zero(destination, size_bytes);
  });
}

int memo_rotary_table_f32(const float *inverse_frequency, const int32_t *positions, float *cosines, float *sines,
                          int64_t rows, int64_t half_dim) {
  return guarded(__func__, [=] {
    require_pointers(
        {MEMO_POINTER(inverse_frequency), MEMO_POINTER(positions), MEMO_POINTER(cosines), MEMO_POINTER(sines)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(half_dim));
    kernels().rotary_table_f32(inverse_frequency, positions, cosines, sines, rows, half_dim);
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

int memo_adamw_bf16(float *w, float *m, float *v, float *gradient, memo_bf16 *weights, int64_t n,
                    double gradient_scale, double lr, double beta1, double beta2, double epsilon, double weight_decay,
                    double bias_correction1, double bias_correction2) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(w), MEMO_POINTER(m), MEMO_POINTER(v), MEMO_POINTER(gradient),
                      MEMO_POINTER(weights)});
    require_at_least(MEMO_COUNT(n), 0);
    kernels().adamw_bf16(w, m, v, gradient, weights, n, gradient_scale, lr, beta1, beta2, epsilon, weight_decay,
                         bias_correction1, bias_correction2);
  });
}

int memo_cast_bf16(const float *source, int64_t source_stride, memo_bf16 *target, int64_t target_stride, int64_t rows,
                   int64_t cols) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(source), MEMO_POINTER(target)});
    require_rows(rows, MEMO_COUNT(cols), MEMO_COUNT(source_stride), MEMO_COUNT(target_stride));
    kernels().cast_bf16(source, source_stride, target, target_stride, rows, cols);
  });
}

int memo_widen_bf16(const memo_bf16 *source, int64_t source_stride, float *target, int64_t target_stride,
                    int64_t rows, int64_t cols) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(source), MEMO_POINTER(target)});
    require_rows(rows, MEMO_COUNT(cols), MEMO_COUNT(source_stride), MEMO_COUNT(target_stride));
    kernels().widen_bf16(source, source_stride, target, target_stride, rows, cols);
  });
}
