#include "fault.cuh"

#include "launch.cuh"

namespace memo::cuda {
namespace {

constexpr int kThreads = 1024;
constexpr int kWarps = kThreads / 32;

__device__ __forceinline__ int64_t lowest_of_warp(int64_t value) {
  for (int distance = 16; distance > 0; distance /= 2) {
    const int64_t other = __shfl_xor_sync(0xFFFFFFFFu, value, distance);
    value = other < value ? other : value;
  }
  return value;
}

// One block, so that its verdict is whole when it ends: ids are few bytes beside the rows that they stand for.
__global__ void __launch_bounds__(kThreads)
    check_ids_kernel(const int32_t *ids, int64_t n, int64_t minimum, int64_t limit, int kernel, memo_cuda_fault *fault,
                     int64_t *verdict) {
  __shared__ int64_t lowest[kWarps];
  int64_t bad = INT64_MAX;
#pragma unroll 8
  for (int64_t i = threadIdx.x; i < n; i += kThreads) {
    const int64_t id = ids[i];
    if ((id < minimum || id >= limit) && i < bad) bad = i;
  }
  bad = lowest_of_warp(bad);
  if (threadIdx.x % 32 == 0) lowest[threadIdx.x / 32] = bad;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  bad = lowest_of_warp(lowest[threadIdx.x]);
  if (threadIdx.x != 0) return;
  *verdict = bad == INT64_MAX ? kNothingBad : bad;
  if (bad != INT64_MAX) report_fault(fault, MEMO_CUDA_FAULT_OUT_OF_RANGE, kernel, bad, ids[bad]);
}

}  // namespace

void check_ids(const int32_t *ids, int64_t n, int64_t minimum, int64_t limit, int kernel,
               const memo_cuda_queue *queue) {
  check(launch(check_ids_kernel, 1, kThreads, 0, stream_of(queue), ids, n, minimum, limit, kernel, queue->fault,
               verdict_of(queue)),
        "launch of check_ids");
}

}  // namespace memo::cuda
