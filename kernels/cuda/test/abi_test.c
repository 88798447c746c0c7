/* The C ABI from C: the header compiles, twice over and beside the host's; wrong arguments are answered with a text. */
#include "memo_cuda.h"
#include "memo_cuda.h"
#include "memo_kernels.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                   \
  do {                                                                                                     \
    if (!(condition)) {                                                                                    \
      fprintf(stderr, "line %d: %s; last error: %s\n", __LINE__, #condition, memo_cuda_last_error());      \
      exit(1);                                                                                             \
    }                                                                                                      \
  } while (0)

#define CHECK_REFUSED(call, text)                       \
  do {                                                  \
    CHECK((call) == MEMO_INVALID_ARGUMENT);             \
    CHECK(strcmp(memo_cuda_last_error(), text) == 0);   \
  } while (0)

static void structs_have_their_layout(void) {
  CHECK(sizeof(memo_cuda_fault) == 64);
  CHECK(offsetof(memo_cuda_fault, code) == 0 && offsetof(memo_cuda_fault, kernel) == 4);
  CHECK(offsetof(memo_cuda_fault, index) == 8 && offsetof(memo_cuda_fault, value) == 16);
  CHECK(sizeof(memo_cuda_queue) == 32);
  CHECK(offsetof(memo_cuda_queue, stream) == 0 && offsetof(memo_cuda_queue, workspace) == 8);
  CHECK(offsetof(memo_cuda_queue, workspace_bytes) == 16 && offsetof(memo_cuda_queue, fault) == 24);
}

static void queues_are_checked(void) {
  float x[4] = {0};
  memo_cuda_fault fault = {0};
  memo_cuda_queue queue = {NULL, NULL, MEMO_CUDA_WORKSPACE_BYTES, &fault};
  CHECK_REFUSED(memo_cuda_residual_add(MEMO_F32, x, x, 4, NULL), "memo_cuda_residual_add: queue is null");
  CHECK_REFUSED(memo_cuda_residual_add(MEMO_F32, x, x, 4, &queue), "memo_cuda_residual_add: queue->workspace is null");
  queue.workspace = (void *)0x1001;
  CHECK_REFUSED(memo_cuda_residual_add(MEMO_F32, x, x, 4, &queue),
                "memo_cuda_residual_add: queue->workspace=0x1001, must be aligned to 256 bytes");
  queue.workspace_bytes--;
  CHECK_REFUSED(memo_cuda_residual_add(MEMO_F32, x, x, 4, &queue),
                "memo_cuda_residual_add: queue->workspace_bytes=33554431, must be at least 33554432");
  queue.fault = NULL;
  CHECK_REFUSED(memo_cuda_residual_add(MEMO_F32, x, x, 4, &queue), "memo_cuda_residual_add: queue->fault is null");
}

static void arguments_are_checked(void) {
  float x[4] = {0};
  int32_t ids[1] = {0};
  double sum = 0;
  memo_cuda_fault fault = {0};
  const memo_cuda_queue queue = {NULL, (void *)0x1000, MEMO_CUDA_WORKSPACE_BYTES, &fault};
  CHECK_REFUSED(memo_cuda_residual_add(7, x, x, 4, &queue),
                "memo_cuda_residual_add: type=7, must be MEMO_F32 (0) or MEMO_BF16 (1)");
  CHECK_REFUSED(memo_cuda_rms_norm_forward(MEMO_BF16, x, x, NULL, 1, 4, 0, &queue),
                "memo_cuda_rms_norm_forward: y is null");
  CHECK_REFUSED(memo_cuda_rms_norm_forward(MEMO_BF16, x, x, x, 1, 0, 0, &queue),
                "memo_cuda_rms_norm_forward: cols=0, must be at least 1");
  CHECK_REFUSED(memo_cuda_sum_of_squares(x, -1, &sum, &queue), "memo_cuda_sum_of_squares: n=-1, must be at least 0");
  CHECK_REFUSED(memo_cuda_rotary(MEMO_F32, x, 4, ids, x, x, 1, 1, 3, 0, &queue),
                "memo_cuda_rotary: head_dim=3, must be even");
  CHECK_REFUSED(memo_cuda_rotary(MEMO_F32, x, 3, ids, x, x, 1, 1, 4, 0, &queue),
                "memo_cuda_rotary: row_stride=3, must be at least 4");
  CHECK(memo_cuda_layer_norm_backward(MEMO_F32, x, x, x, x, x, x, 1, INT64_C(1) << 32, 0, &queue) == MEMO_UNSUPPORTED);
  CHECK(strstr(memo_cuda_last_error(), "cols=4294967296, must be at most ") != NULL);
}

int main(void) {
  CHECK(memo_cuda_version() == MEMO_CUDA_VERSION);
  CHECK(strcmp(memo_cuda_last_error(), "") == 0);
  structs_have_their_layout();
  queues_are_checked();
  arguments_are_checked();
  return 0;
}
