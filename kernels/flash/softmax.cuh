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

// Exponentials are relative to a reference that follows a row's largest score, but only once the score has grown by so
// many powers of two: till then they are larger than 1, which their sums in f32 bear. Without it nearly each block of
// keys of a short row would cost a multiplication of all that was summed, and every tenth of a long one.
constexpr float kGrowth = 8.0f;

template <int kRowTiles>
struct Softmax {
  float scale_log2;               // of a score, to a power of two
  float reference[kRowTiles][2];  // a score of the row, about its largest so far, before scaling
  float sum[kRowTiles][2];        // of the exponentials in this lane's columns of the row

  __device__ __forceinline__ explicit Softmax(float scale) : scale_log2(scale * kLog2E) {
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        reference[t][half] = -INFINITY;
        sum[t][half] = 0.0f;
      }
    }
  }

  // Scores become their exponentials, to whose reference `out`, the sum of products with earlier ones, is brought as
  // well. A score that is not a number makes its row one.
  template <int kTiles, int kOutTiles>
  __device__ __forceinline__ void add(float (&scores)[kRowTiles][kTiles][4], float (&out)[kRowTiles][kOutTiles][4]) {
    raise_references(scores, out);
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        // A row that has seen nothing yet: its exponentials are zeros relative to anything finite.
        const float zero = reference[t][half] == -INFINITY ? 0.0f : reference[t][half] * scale_log2;
#pragma unroll
        for (int n = 0; n < kTiles; n++) {
#pragma unroll
          for (int j = 2 * half; j < 2 * half + 2; j++) {
            scores[t][n][j] = cuda::exp2_approximate(fmaf(scores[t][n][j], scale_log2, -zero));
            sum[t][half] += scores[t][n][j];
          }
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
    return (reference[t][half] * scale_log2 + log2f(sum[t][half])) * kLn2;
  }

 private:
  template <int kTiles, int kOutTiles>
  __device__ __forceinline__ void raise_references(const float (&scores)[kRowTiles][kTiles][4],
                                                   float (&out)[kRowTiles][kOutTiles][4]) {
    float largest[kRowTiles][2];
    bool grown = false;
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        float row = reference[t][half];
#pragma unroll
        for (int n = 0; n < kTiles; n++) row = fmaxf(row, fmaxf(scores[t][n][2 * half], scores[t][n][2 * half + 1]));
        largest[t][half] = largest_of_row(row);
        const bool by_little = (largest[t][half] - reference[t][half]) * scale_log2 <= kGrowth;
        grown |= largest[t][half] > reference[t][half] && !by_little;
      }
    }
    if (!__any_sync(0xFFFFFFFFu, grown)) return;
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        const float zero = largest[t][half] == -INFINITY ? 0.0f : largest[t][half] * scale_log2;
        const float factor = cuda::exp2_approximate(fmaf(reference[t][half], scale_log2, -zero));
        reference[t][half] = largest[t][half];
        sum[t][half] *= factor;
#pragma unroll
        for (int n = 0; n < kOutTiles; n++) {
          out[t][n][2 * half] *= factor;
          out[t][n][2 * half + 1] *= factor;
        }
      }
    }
  }
};

}  // namespace memo::flash
