// How a kernel says that its data is bad.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "device.h"

namespace memo::cuda {

// Fills the fault, unless another one is there already. While a thread is at it, the code is none of those of the header;
// it is written last, when the host can see the rest of this host memory.
__device__ __forceinline__ void report_fault(memo_cuda_fault *fault, int code, int kernel, int64_t index,
                                             int64_t value) {
  constexpr int32_t kBeingFilled = -1;
  if (atomicCAS(&fault->code, MEMO_CUDA_FAULT_NONE, kBeingFilled) != MEMO_CUDA_FAULT_NONE) return;
  fault->kernel = kernel;
  fault->index = index;
  fault->value = value;
  __threadfence_system();
  *const_cast<volatile int32_t *>(&fault->code) = code;
}

// Enqueues the check that each of n ids is in [minimum, limit). The verdict of the queue's workspace becomes
// kNothingBad, or the index of the first bad one, of which a fault is made.
void check_ids(const int32_t *ids, int64_t n, int64_t minimum, int64_t limit, int kernel, const memo_cuda_queue *queue);

constexpr int64_t kNothingBad = -1;

__device__ __forceinline__ bool is_bad(const int64_t *verdict) { return *verdict != kNothingBad; }

}  // namespace memo::cuda
