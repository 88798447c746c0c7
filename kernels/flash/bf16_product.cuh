// Products of a warp: kRowTiles times 16 of its own rows by tiles that all warps share, summed in f32.
#pragma once

#include "bf16_tile.cuh"
#include "ring.cuh"

namespace memo::flash {

// [kRowTiles * 16, kColumns] in the layout of mma's D.
template <int kRowTiles, int kColumns>
using Accumulator = float[kRowTiles][kColumns / 8][4];

// The same rows as operand A, rounded to bf16.
template <int kRowTiles, int kColumns>
using Operand = uint32_t[kRowTiles][kColumns / 16][4];

template <int kRowTiles, int kTiles>
__device__ __forceinline__ void clear(float (&d)[kRowTiles][kTiles][4]) {
#pragma unroll
  for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
    for (int n = 0; n < kTiles; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) d[t][n][i] = 0.0f;
    }
  }
}

// d = a * b^T over the head dimension: the warp's rows of one tile by all rows of another.
template <class A, class B, int kRowTiles>
__device__ __forceinline__ void multiply_transposed(float (&d)[kRowTiles][B::kRows / 8][4], const LaneRows<A> &a,
                                                    const LaneRows<B> &b) {
  clear(d);
#pragma unroll
  for (int step = 0; step < A::kDim / 16; step++) {
    uint32_t left[kRowTiles][4];
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) cuda::ldmatrix_x4(left[t], a.chunk(16 * t, 2 * step));
#pragma unroll
    for (int n = 0; n < B::kRows / 16; n++) {
      uint32_t right[4];
      cuda::ldmatrix_x4(right, b.chunk(16 * n, 2 * step));
      const uint32_t first[2] = {right[0], right[1]};
      const uint32_t second[2] = {right[2], right[3]};
#pragma unroll
      for (int t = 0; t < kRowTiles; t++) {
        cuda::mma_m16n8k16_bf16(d[t][2 * n], left[t], first);
        cuda::mma_m16n8k16_bf16(d[t][2 * n + 1], left[t], second);
      }
    }
  }
}

// d += a * b: the warp's rows from registers by a tile, whose rows are summed over.
template <class B, int kRowTiles>
__device__ __forceinline__ void multiply_add(float (&d)[kRowTiles][B::kDim / 8][4],
                                             const uint32_t (&a)[kRowTiles][B::kRows / 16][4], const LaneRows<B> &b) {
#pragma unroll
  for (int step = 0; step < B::kRows / 16; step++) {
#pragma unroll
    for (int n = 0; n < B::kDim / 16; n++) {
      uint32_t right[4];
      cuda::ldmatrix_x4_trans(right, b.chunk(16 * step, 2 * n));
      const uint32_t first[2] = {right[0], right[1]};
      const uint32_t second[2] = {right[2], right[3]};
#pragma unroll
      for (int t = 0; t < kRowTiles; t++) {
        cuda::mma_m16n8k16_bf16(d[t][2 * n], a[t][step], first);
        cuda::mma_m16n8k16_bf16(d[t][2 * n + 1], a[t][step], second);
      }
    }
  }
}

__device__ __forceinline__ uint32_t pack(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const uint32_t *>(&pair);
}

// Two neighbouring tiles of D are, rounded, one of A.
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void round_to_operand(uint32_t (&a)[kRowTiles][kTiles / 2][4],
                                                 const float (&d)[kRowTiles][kTiles][4]) {
#pragma unroll
  for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
    for (int n = 0; n < kTiles / 2; n++) {
      a[t][n][0] = pack(d[t][2 * n][0], d[t][2 * n][1]);
      a[t][n][1] = pack(d[t][2 * n][2], d[t][2 * n][3]);
      a[t][n][2] = pack(d[t][2 * n + 1][0], d[t][2 * n + 1][1]);
      a[t][n][3] = pack(d[t][2 * n + 1][2], d[t][2 * n + 1][3]);
    }
  }
}

// A lane holds two rows of each tile, half 0 and half 1, and of them these.
__device__ __forceinline__ int lane_row(int t, int half) {
  return t * 16 + half * 8 + static_cast<int>(threadIdx.x % 32 / 4);
}
__device__ __forceinline__ int lane_column(int n, int j) {
  return n * 8 + static_cast<int>(threadIdx.x % 4) * 2 + j;
}

// What a row does not see becomes minus infinity. warp_row: the warp's first row.
template <class Mask, int kRowTiles, int kTiles>
__device__ __forceinline__ void apply_mask(float (&d)[kRowTiles][kTiles][4], const Mask &mask, int warp_row,
                                           int64_t first_column) {
  const int64_t columns = kTiles * 8;
#pragma unroll
  for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = warp_row + lane_row(t, half);
      const int begin = static_cast<int>(smaller(columns, larger(0, mask.begin(row) - first_column)));
      const int end = static_cast<int>(smaller(columns, larger(0, mask.end(row) - first_column)));
#pragma unroll
      for (int n = 0; n < kTiles; n++) {
#pragma unroll
        for (int j = 0; j < 2; j++) {
          const int column = lane_column(n, j);
          if (column < begin || column >= end) d[t][n][2 * half + j] = -INFINITY;
        }
      }
    }
  }
}

template <int kTiles>
__device__ __forceinline__ void write_row(__nv_bfloat16 *to, const float (&d)[kTiles][4], int half, float factor,
                                          int head_dim, bool by_pairs) {
  if (by_pairs) {
#pragma unroll
    for (int n = 0; n < kTiles; n++) {
      const int column = lane_column(n, 0);
      if (column < head_dim) {
        *reinterpret_cast<uint32_t *>(to + column) = pack(d[n][2 * half] * factor, d[n][2 * half + 1] * factor);
      }
    }
  } else {
#pragma unroll
    for (int n = 0; n < kTiles; n++) {
#pragma unroll
      for (int j = 0; j < 2; j++) {
        const int column = lane_column(n, j);
        if (column < head_dim) to[column] = __float2bfloat16_rn(d[n][2 * half + j] * factor);
      }
    }
  }
}

// Writes the warp's rows, times `factor(t, half)` of each.
template <int kRowTiles, int kTiles, class Factor>
__device__ __forceinline__ void write_rows(const Rows &to, int64_t head, const float (&d)[kRowTiles][kTiles][4],
                                           int64_t warp_row, int64_t tokens, int head_dim, Factor factor) {
  __nv_bfloat16 *data = static_cast<__nv_bfloat16 *>(to.data) + head * head_dim;
  const bool by_pairs = reinterpret_cast<uintptr_t>(to.data) % 4 == 0 && to.stride % 2 == 0 && head_dim % 2 == 0;
#pragma unroll
  for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int64_t row = warp_row + lane_row(t, half);
      if (row < tokens) write_row(data + row * to.stride, d[t], half, factor(t, half), head_dim, by_pairs);
    }
  }
}

// The same of f32, whose elements are updated: `update(t, half)` says how each row's are.
template <int kRowTiles, int kTiles, class UpdateOf>
__device__ __forceinline__ void update_rows(const Rows &to, int64_t head, const float (&d)[kRowTiles][kTiles][4],
                                            int64_t warp_row, int64_t end, int head_dim, UpdateOf update_of) {
  float *data = static_cast<float *>(to.data) + head * head_dim;
  const bool by_pairs = reinterpret_cast<uintptr_t>(to.data) % 8 == 0 && to.stride % 2 == 0 && head_dim % 2 == 0;
#pragma unroll
  for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const Update update = update_of(t, half);
      const int64_t row = warp_row + lane_row(t, half);
      if (row >= end) continue;
#pragma unroll
      for (int n = 0; n < kTiles; n++) {
        float *at = data + row * to.stride + lane_column(n, 0);
        const float x = d[t][n][2 * half];
        const float y = d[t][n][2 * half + 1];
        const int left = head_dim - lane_column(n, 0);
        if (by_pairs) {
          auto *pair = reinterpret_cast<float2 *>(at);
          if (left > 0) *pair = update(pair, x, y);
        } else {
          if (left > 0) at[0] = update(at, x);
          if (left > 1) at[1] = update(at + 1, y);
        }
      }
    }
  }
}

}  // namespace memo::flash
