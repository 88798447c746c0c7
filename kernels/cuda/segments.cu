// Segment offsets as libraries of ragged batches take them.
#include "fault.cuh"
#include "launch.cuh"

namespace memo::cuda {
namespace {

constexpr int kThreads = 1024;

struct Segments {
  const int64_t *offsets;
  int64_t count;
  int64_t tokens;

  __device__ bool is_bad(int64_t i) const {
    if (i == 0 && offsets[0] != 0) return true;
    if (i > 0 && offsets[i] < offsets[i - 1]) return true;
    return i == count && offsets[i] != tokens;
  }
  // Where a segment begins; what is beyond the last is empty.
  __device__ int64_t start(int64_t i) const { return offsets[i < count ? i : count]; }
};

struct RaggedBatch {
  int64_t segments;
  int64_t qkv_row;
  int64_t out_row;
  int64_t *token_starts;
  int64_t *qkv_starts;
  int64_t *out_starts;
  int32_t *lengths;

  __device__ void set_start(int64_t i, int64_t token) const {
    token_starts[i] = token;
    qkv_starts[i] = token * qkv_row;
    out_starts[i] = token * out_row;
  }
};

// One block, whose threads all know whether something is bad: thousands of segments take microseconds.
__global__ void __launch_bounds__(kThreads)
    ragged_segments_kernel(Segments from, RaggedBatch to, int kernel, memo_cuda_fault *fault) {
  __shared__ int64_t lowest[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  lowest[thread] = INT64_MAX;
  for (int64_t i = thread; i <= from.count; i += kThreads) {
    if (from.is_bad(i)) {
      lowest[thread] = i;
      break;
    }
  }
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half && lowest[thread + half] < lowest[thread]) lowest[thread] = lowest[thread + half];
  }
  __syncthreads();
  const int64_t bad = lowest[0];
  if (bad != INT64_MAX && thread == 0) report_fault(fault, MEMO_CUDA_FAULT_SEGMENTS, kernel, bad, from.offsets[bad]);
  for (int64_t i = thread; i <= to.segments; i += kThreads) {
    const int64_t start = bad == INT64_MAX ? from.start(i) : 0;
    to.set_start(i, start);
    if (i == to.segments) continue;
    const int64_t end = bad == INT64_MAX ? from.start(i + 1) : 0;
    to.lengths[i] = static_cast<int32_t>(end - start);
  }
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_ragged_segments(const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t qkv_row,
                              int64_t out_row, int64_t padded_segments, int64_t *token_starts, int64_t *qkv_starts,
                              int64_t *out_starts, int32_t *lengths, int kernel, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(segment_offsets), MEMO_POINTER(token_starts), MEMO_POINTER(qkv_starts),
                      MEMO_POINTER(out_starts), MEMO_POINTER(lengths)});
    require_at_least(MEMO_COUNT(num_segments), 1);
    require_at_least(MEMO_COUNT(padded_segments), num_segments);
    require_matrix(MEMO_COUNT(tokens), MEMO_COUNT(qkv_row));
    require_matrix(MEMO_COUNT(tokens), MEMO_COUNT(out_row));
    if (tokens > INT32_MAX) {
      throw Failure(MEMO_INVALID_ARGUMENT, "tokens=%lld, must be at most %lld", static_cast<long long>(tokens),
                    static_cast<long long>(INT32_MAX));
    }
    if (kernel != MEMO_CUDA_KERNEL_ATTENTION_FORWARD && kernel != MEMO_CUDA_KERNEL_ATTENTION_BACKWARD) {
      throw Failure(MEMO_INVALID_ARGUMENT, "kernel=%d, must be MEMO_CUDA_KERNEL_ATTENTION_FORWARD or _BACKWARD", kernel);
    }
    require_queue(queue);
    const Segments from{segment_offsets, num_segments, tokens};
    const RaggedBatch to{padded_segments, qkv_row, out_row, token_starts, qkv_starts, out_starts, lengths};
    check(launch(ragged_segments_kernel, 1, kThreads, 0, stream_of(queue), from, to, kernel, queue->fault),
          "launch of ragged_segments");
  });
}
