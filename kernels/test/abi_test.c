/* The C ABI from C: the header compiles (twice over), calls work, and wrong arguments are answered with a text. */
#include "memo_kernels.h"
#include "memo_kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

#define CHECK(condition)                                                                  \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      fprintf(stderr, "line %d: %s; last error: %s\n", __LINE__, #condition, memo_last_error()); \
      exit(1);                                                                            \
    }                                                                                     \
  } while (0)

int main(void) {
  CHECK(memo_version() == MEMO_KERNELS_VERSION);
  float y[3] = {1, 2, 3};
  const float x[3] = {10, 20, 30};
  const int status = memo_residual_add_f32(y, x, 3);
  if (status == MEMO_UNSUPPORTED) return SKIPPED;
  CHECK(status == MEMO_OK);
  CHECK(y[0] == 11 && y[1] == 22 && y[2] == 33);
  CHECK(memo_residual_add_f32(NULL, x, 3) == MEMO_INVALID_ARGUMENT);
  CHECK(strcmp(memo_last_error(), "memo_residual_add_f32: y is null") == 0);
  CHECK(memo_residual_add_f32(y, x, -1) == MEMO_INVALID_ARGUMENT);
  CHECK(memo_use_isa("mmx") == MEMO_UNSUPPORTED);
  CHECK(memo_set_num_threads(0) == MEMO_INVALID_ARGUMENT);
  return 0;
}
