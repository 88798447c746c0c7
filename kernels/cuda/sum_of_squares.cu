#include "launch.cuh"
#include "pack.cuh"
#include "sums.cuh"

namespace memo::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kBlocks = 4;  // of a multiprocessor

template <int W>
__device__ __forceinline__ void add_squares(double (&sums)[W], const Pack<float, W> &pack) {
#pragma unroll
  for (int i = 0; i < W; i++) {
    const double value = pack.v[i];
    sums[i] = fma(value, value, sums[i]);
  }
}

// partials[blockIdx.x] = the sum of the block's elements.
template <int W>
__global__ void __launch_bounds__(kThreads, kBlocks)
    sum_of_squares_kernel(const float *x, int64_t n, double *partials) {
  constexpr int kUnroll = 4;
  __shared__ double of_warps[kWarps];
  const int64_t packs = n / W;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads;
  int64_t pack = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  double sums[W] = {};
  for (; pack + (kUnroll - 1) * stride < packs; pack += kUnroll * stride) {
    Pack<float, W> loaded[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; u++) loaded[u] = load<W>(x + (pack + u * stride) * W);
#pragma unroll
    for (int u = 0; u < kUnroll; u++) add_squares(sums, loaded[u]);
  }
  for (; pack < packs; pack += stride) add_squares(sums, load<W>(x + pack * W));
  const int64_t left = packs * W + threadIdx.x;
  if (blockIdx.x == 0 && left < n) sums[0] = fma(static_cast<double>(x[left]), static_cast<double>(x[left]), sums[0]);
  double sum = sums[0];
#pragma unroll
  for (int i = 1; i < W; i++) sum += sums[i];
  sum = sum_of_warp(sum);
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x != 0) return;
  double total = of_warps[0];
  for (int warp = 1; warp < kWarps; warp++) total += of_warps[warp];
  partials[blockIdx.x] = total;
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_sum_of_squares(const float *x, int64_t n, double *sum, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(sum)});
    require_at_least(MEMO_COUNT(n), 0);
    require_queue(queue);
    if (n == 0) return;
    const bool is_wide = wide(x);
    const int64_t blocks = ceil_div<int64_t>(is_wide ? ceil_div<int64_t>(n, 4) : n, kThreads);
    const int64_t most = static_cast<int64_t>(multiprocessors()) * kBlocks;
    const int64_t parts = blocks < most ? blocks : most;
    double *partials = scratch_of<double>(queue);
    const auto kernel = is_wide ? sum_of_squares_kernel<4> : sum_of_squares_kernel<1>;
    check(launch(kernel, static_cast<unsigned>(parts), kThreads, 0, stream_of(queue), x, n, partials),
          "launch of sum_of_squares");
    add_sums(partials, parts, sum, queue);
  });
}
