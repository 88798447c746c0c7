// Sums over a whole grid, in f64 and in an order that depends on the size of the grid alone.
#pragma once

#include "device.h"

namespace memo::cuda {

constexpr unsigned kAllLanes = 0xFFFFFFFFu;

__device__ __forceinline__ double sum_of_warp(double value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(kAllLanes, value, distance);
  return value;
}

// Enqueues *total += the sum of n partial sums.
void add_sums(const double *partials, int64_t n, double *total, const memo_cuda_queue *queue);

}  // namespace memo::cuda
