// Steps of ring attention: how what rows get of one place's keys is put together with what they have of others.
#pragma once

#include "problem.h"
#include "segments.cuh"

namespace memo::flash {

// An element of a row becomes kept * what is there + added * the new value.
struct Update {
  bool reads;  // else what is there may be anything
  float kept;
  float added;

  __device__ __forceinline__ float operator()(const float *there, float value) const {
    return reads ? fmaf(*there, kept, value * added) : value * added;
  }
  __device__ __forceinline__ float2 operator()(const float2 *there, float x, float y) const {
    if (!reads) return make_float2(x * added, y * added);
    const float2 two = *there;
    return make_float2(fmaf(two.x, kept, x * added), fmaf(two.y, kept, y * added));
  }
};

// For a gradient, which is added to.
__device__ __forceinline__ Update added(float factor) { return {true, 1.0f, factor}; }

// Of a row of outputs: its softmax over the keys so far and over a step's. `sum` is of the step's exponentials, which
// the new values are weighted with; 0 where the row sees none of the step's keys.
struct Merged {
  Update update;
  float lse;

  __device__ __forceinline__ Merged(bool first, float lse_so_far, float sum, float lse_of_step)
      : update{!first, 1.0f, 0.0f}, lse(lse_so_far) {
    if (sum == 0.0f) return;
    const float largest = fmaxf(lse_so_far, lse_of_step);
    const float so_far = expf(lse_so_far - largest);
    const float of_step = expf(lse_of_step - largest);
    const float all = so_far + of_step;
    update.kept = so_far / all;
    update.added = of_step / (all * sum);
    lse = largest + logf(all);
  }
};

// The log-sum-exp of a row so far, read by the first of its lanes alone, which writes the new one.
template <int kLanes>
__device__ __forceinline__ float lse_so_far(const RingForward &p, int64_t head, int64_t row, bool there) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  float lse = -INFINITY;
  if (!p.first && there && lane % kLanes == 0) lse = p.lse[head * p.shape.tokens + row];
  return __shfl_sync(0xFFFFFFFFu, lse, lane / kLanes * kLanes);
}

// A block of rows that see none of the step's keys.
template <int kRows>
__device__ __forceinline__ void keep_rows(const RingForward &p, const RowBlock<kRows> &block) {
  if (!p.first) return;
  const int64_t rows = smaller(kRows, p.queries().end(block.first_row) - block.first_row);
  const int head_dim = p.shape.head_dim;
  float *out = static_cast<float *>(p.out.data) + block.first_row * p.out.stride + block.item.head * head_dim;
  const int thread = static_cast<int>(threadIdx.x);
  const int threads = static_cast<int>(blockDim.x);
  for (int i = thread; i < rows * head_dim; i += threads) out[i / head_dim * p.out.stride + i % head_dim] = 0.0f;
  for (int i = thread; i < rows; i += threads) {
    p.lse[block.item.head * p.shape.tokens + block.first_row + i] = -INFINITY;
  }
}

}  // namespace memo::flash
