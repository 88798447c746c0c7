// Kernels over n elements, each element by itself.
//
// An operation is a struct of pointers with
//   template <int W> Loaded load(int64_t at) const        W elements from `at`
//   template <int W> void finish(Loaded, int64_t at) const   computes and stores them
// so that a thread can have several loads in flight before it computes.
#pragma once

#include "launch.cuh"
#include "pack.cuh"

namespace memo::cuda {

constexpr int kElementThreads = 256;
constexpr int kElementBlocks = 4;  // of a multiprocessor; all are there from the start

template <int W, int kUnroll, class Operation>
__global__ void __launch_bounds__(kElementThreads, kElementBlocks) elementwise_kernel(Operation op, int64_t n) {
  const int64_t packs = n / W;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kElementThreads;
  int64_t i = static_cast<int64_t>(blockIdx.x) * kElementThreads + threadIdx.x;
  for (; i + (kUnroll - 1) * stride < packs; i += kUnroll * stride) {
    decltype(op.template load<W>(0)) loaded[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; u++) loaded[u] = op.template load<W>((i + u * stride) * W);
#pragma unroll
    for (int u = 0; u < kUnroll; u++) op.template finish<W>(loaded[u], (i + u * stride) * W);
  }
  for (; i < packs; i += stride) op.template finish<W>(op.template load<W>(i * W), i * W);
  if constexpr (W > 1) {
    const int64_t left = packs * W + threadIdx.x;
    if (blockIdx.x == 0 && left < n) op.template finish<1>(op.template load<1>(left), left);
  }
}

// W elements at a time where `wide`, else one.
template <int W, int kUnroll, class Operation>
void run_elementwise(const Operation &op, int64_t n, bool wide, const memo_cuda_queue *queue) {
  if (n == 0) return;
  const int64_t threads = wide ? ceil_div<int64_t>(n, W) : n;
  const int64_t blocks = ceil_div<int64_t>(threads, kElementThreads);
  const int64_t most_blocks = static_cast<int64_t>(multiprocessors()) * kElementBlocks;
  const dim3 grid(static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks));
  const auto kernel = wide ? elementwise_kernel<W, kUnroll, Operation> : elementwise_kernel<1, kUnroll, Operation>;
  check(launch(kernel, grid, kElementThreads, 0, stream_of(queue), op, n), "launch of an element-wise kernel");
}

}  // namespace memo::cuda
