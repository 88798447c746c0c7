#include "sums.cuh"

#include "launch.cuh"

namespace memo::cuda {
namespace {

__global__ void __launch_bounds__(32) add_sums_kernel(const double *partials, int64_t n, double *total) {
  double sum = 0;
#pragma unroll 8
  for (int64_t i = threadIdx.x; i < n; i += 32) sum += partials[i];
  sum = sum_of_warp(sum);
  if (threadIdx.x == 0) *total += sum;
}

}  // namespace

void add_sums(const double *partials, int64_t n, double *total, const memo_cuda_queue *queue) {
  check(launch(add_sums_kernel, 1, 32, 0, stream_of(queue), partials, n, total), "launch of add_sums");
}

}  // namespace memo::cuda
