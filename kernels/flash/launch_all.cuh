// Starts a kernel with a block of threads for each item of work.
#pragma once

#include "launch.cuh"
#include "work_order.h"

namespace memo::flash {

constexpr int64_t kMaxBlocks = INT32_MAX;  // of gridDim.x

// kernel(problem, order, first_item): more items than a grid can have go by several grids.
template <class Problem>
cudaError_t launch_all(void (*kernel)(Problem, WorkOrder, int64_t), const WorkOrder &order, int threads,
                       int shared_bytes, cudaStream_t stream, const Problem &problem) {
  const int64_t items = order.items();
  for (int64_t first = 0; first < items; first += kMaxBlocks) {
    const int64_t left = items - first;
    const dim3 grid(static_cast<unsigned>(left < kMaxBlocks ? left : kMaxBlocks));
    const cudaError_t error = cuda::launch(kernel, grid, dim3(static_cast<unsigned>(threads)),
                                           static_cast<size_t>(shared_bytes), stream, problem, order, first);
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

}  // namespace memo::flash
