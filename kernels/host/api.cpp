// The kernels' ABI functions: each checks its arguments and calls through the table of the instruction set in use.
#include "errors.h"
#include "kernel_table.h"

using memo::guarded;
using memo::kernels;
using memo::require_at_least;
using memo::require_pointers;

int memo_residual_add_f32(float *y, const float *x, int64_t n) {
  return guarded(__func__, [=] {
    require_at_least("n", n, 0);
    require_pointers({MEMO_NAMED(y), MEMO_NAMED(x)});
    kernels().residual_add_f32(y, x, n);
  });
}
