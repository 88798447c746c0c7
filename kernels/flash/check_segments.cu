// Whether segment offsets are what they must be, before any kernel relies on it.
#include "kernels.h"
#include "launch.cuh"

namespace memo::flash {
namespace {

constexpr int kThreads = 1024;

__device__ bool is_bad(const Segments &segments, int64_t tokens, int64_t i) {
  const int64_t offset = segments.offsets[i];
  if (i == 0 && offset != 0) return true;
  if (i > 0 && offset < segments.offsets[i - 1]) return true;
  return i == segments.count && offset != tokens;
}

// One block: thousands of segments take microseconds. Finds the lowest bad index.
__global__ void __launch_bounds__(kThreads)
    check_kernel(Segments segments, int64_t tokens, int32_t kernel, int64_t *refused, memo_cuda_fault *fault) {
  __shared__ int64_t lowest[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  lowest[thread] = INT64_MAX;
  for (int64_t i = thread; i <= segments.count; i += kThreads) {
    if (is_bad(segments, tokens, i)) {
      lowest[thread] = i;
      break;
    }
  }
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half && lowest[thread + half] < lowest[thread]) lowest[thread] = lowest[thread + half];
  }
  if (thread != 0) return;
  const int64_t bad = lowest[0];
  *refused = bad != INT64_MAX;
  // Kernels of one queue run one after the other, so nobody else writes a fault meanwhile.
  volatile memo_cuda_fault *to = fault;
  if (bad == INT64_MAX || to->code != MEMO_CUDA_FAULT_NONE) return;
  to->kernel = kernel;
  to->index = bad;
  to->value = segments.offsets[bad];
  __threadfence_system();
  to->code = MEMO_CUDA_FAULT_SEGMENTS;
}

}  // namespace

cudaError_t check_segments(const Segments &segments, int64_t tokens, int32_t kernel, int64_t *refused,
                           memo_cuda_fault *fault, cudaStream_t stream) {
  return cuda::launch(check_kernel, dim3(1), dim3(kThreads), 0, stream, segments, tokens, kernel, refused, fault);
}

}  // namespace memo::flash
