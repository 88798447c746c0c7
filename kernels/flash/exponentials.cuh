// Scores to probabilities, in powers of two.
#pragma once

#include "bf16_product.cuh"

namespace memo::flash {

constexpr float kLog2E = 0x1.715476p0f;
constexpr float kLn2 = 0x1.62e430p-1f;

// A log-sum-exp in powers of two. A query that has seen no key at all, which ring attention knows, has no probabilities.
__device__ __forceinline__ float lse_log2_of(const Backward &, float lse) { return lse * kLog2E; }
__device__ __forceinline__ float lse_log2_of(const RingBackward &, float lse) {
  return lse == -INFINITY ? INFINITY : lse * kLog2E;
}

// In the backward pass, from the log-sum-exp times log2(e).
__device__ __forceinline__ float probability_of(float score, float scale, float lse_log2) {
  return cuda::exp2_approximate(fmaf(score, scale * kLog2E, -lse_log2));
}

}  // namespace memo::flash
