// delta: the row sums of dout * out, which the other passes of the backward subtract.
#include <cuda_bf16.h>

#include "kernels.h"
#include "launch_all.cuh"
#include "segments.cuh"

namespace memo::flash {
namespace {

constexpr int kThreads = 256;
constexpr int kLanes = 8;  // to a row of a head
constexpr int kRows = kThreads / kLanes;
constexpr int kChunk = 8;  // elements that a lane reads at once

__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

template <class Element>
struct alignas(16) Chunk {
  Element elements[kChunk];
};

template <class Element>
__device__ __forceinline__ Chunk<Element> load_chunk(const Element *from, int there, bool aligned) {
  if (aligned) return *reinterpret_cast<const Chunk<Element> *>(from);
  Chunk<Element> chunk;
#pragma unroll
  for (int i = 0; i < kChunk; i++) chunk.elements[i] = i < there ? from[i] : Element(0.0f);
  return chunk;
}

template <class Element>
__global__ void __launch_bounds__(kThreads) delta_kernel(Backward p, WorkOrder order, int64_t first_item) {
  if (p.refused != nullptr && *p.refused != 0) return;
  const WorkItem item = order.item(first_item + blockIdx.x);
  const int head_dim = p.shape.head_dim;
  const int64_t token = item.row_block * kRows + threadIdx.x / kLanes;
  const int lane = static_cast<int>(threadIdx.x % kLanes);
  const bool aligned = reinterpret_cast<uintptr_t>(p.out.data) % 16 == 0 &&
                       reinterpret_cast<uintptr_t>(p.dout.data) % 16 == 0 && p.out.stride % kChunk == 0 &&
                       head_dim % kChunk == 0;
  float sum = 0.0f;
  if (token < p.shape.tokens) {
    const int64_t at = token * p.out.stride + item.head * head_dim;
    const Element *out = static_cast<const Element *>(p.out.data) + at;
    const Element *dout = static_cast<const Element *>(p.dout.data) + at;
    for (int column = lane * kChunk; column < head_dim; column += kLanes * kChunk) {
      const Chunk<Element> left = load_chunk(out + column, head_dim - column, aligned);
      const Chunk<Element> right = load_chunk(dout + column, head_dim - column, aligned);
#pragma unroll
      for (int i = 0; i < kChunk; i++) sum = fmaf(to_float(left.elements[i]), to_float(right.elements[i]), sum);
    }
  }
#pragma unroll
  for (int step = 1; step < kLanes; step *= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, step);
  if (lane == 0 && token < p.shape.tokens) p.delta[item.head * p.shape.tokens + token] = sum;
}

template <class Element>
cudaError_t run(const Backward &p, cudaStream_t stream) {
  const WorkOrder order = work_order(p.shape, p.queries().blocks(kRows), 0, /* item_per_head= */ true,
                                     /* last_rows_first= */ false);
  return launch_all(delta_kernel<Element>, order, kThreads, 0, stream, p);
}

}  // namespace

cudaError_t backward_delta_bf16(const Backward &p, cudaStream_t stream) { return run<__nv_bfloat16>(p, stream); }
cudaError_t backward_delta_f32(const Backward &p, cudaStream_t stream) { return run<float>(p, stream); }

}  // namespace memo::flash
