// The softmax of rows whose scores come block by block (online softmax), with its statistics in f32.
#pragma once

#include "exponentials.cuh"

namespace memo::flash {

// A row of D lies in four neighbouring lanes.
__device__ __forceinline__ float largest_of_row(float x) {
  x = fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, 1));
  return fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, 2));
}
__device__ __forceinline__ float sum_of_row(float x) {
  x += __shfl_xor_sync(0xFFFFFFFFu, x, 1);
  return x + __shfl_xor_sync(0xFFFFFFFFu, x, 2);
}

template <int kRowTiles>
struct Softmax {
  float scale_log2;             // of a score, to a power of two
  float largest[kRowTiles][2];  // score of the row so far, before scaling
  float sum[kRowTiles][2];      // of this lane's columns of the row, relative to the largest

  __device__ __forceinline__ explicit Softmax(float scale) : scale_log2(scale * kLog2E) {
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        largest[t][half] = -INFINITY;
        sum[t][half] = 0.0f;
      }
    }
  }

  // Scores become their exponentials relative to the largest so far, to which `out`, the sum of products with earlier
  // ones, is brought as well. A score that is not a number makes its row one.
  template <int kTiles, int kOutTiles>
  __device__ __forceinline__ void add(float (&scores)[kRowTiles][kTiles][4], float (&out)[kRowTiles][kOutTiles][4]) {
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        float now = largest[t][half];
#pragma unroll
        for (int n = 0; n < kTiles; n++) now = fmaxf(now, fmaxf(scores[t][n][2 * half], scores[t][n][2 * half + 1]));
        now = largest_of_row(now);
        // A row that has seen nothing yet: its exponentials are zeros relative to anything finite.
        const float reference = now == -INFINITY ? 0.0f : now * scale_log2;
        const float factor = cuda::exp2_approximate(largest[t][half] * scale_log2 - reference);
        largest[t][half] = now;
        float row_sum = sum[t][half] * factor;
#pragma unroll
        for (int n = 0; n < kTiles; n++) {
#pragma unroll
          for (int j = 2 * half; j < 2 * half + 2; j++) {
            scores[t][n][j] = cuda::exp2_approximate(fmaf(scores[t][n][j], scale_log2, -reference));
            row_sum += scores[t][n][j];
          }
        }
        sum[t][half] = row_sum;
#pragma unroll
        for (int n = 0; n < kOutTiles; n++) {
          out[t][n][2 * half] *= factor;
          out[t][n][2 * half + 1] *= factor;
        }
      }
    }
  }

  // After the last block, once: the sums of whole rows.
  __device__ __forceinline__ void finish() {
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) sum[t][half] = sum_of_row(sum[t][half]);
    }
  }

  __device__ __forceinline__ float log_sum_exp(int t, int half) const {
    return (largest[t][half] * scale_log2 + log2f(sum[t][half])) * kLn2;
  }
};

}  // namespace memo::flash
