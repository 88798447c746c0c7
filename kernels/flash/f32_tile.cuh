// Blocks of 32 rows in shared memory and their products in f32, without tensor cores.
//
// A block of 256 threads has 32 rows, each row eight neighbouring lanes. Of 32 columns of scores a lane has every
// eighth; of a row of the head dimension every eighth group of four.
#pragma once

#include "exponentials.cuh"
#include "kernels.h"
#include "launch_all.cuh"
#include "ring.cuh"
#include "segments.cuh"

namespace memo::flash {

constexpr int kF32Rows = 32;
constexpr int kF32Lanes = 8;
constexpr int kF32Threads = kF32Rows * kF32Lanes;
constexpr int kF32Scores = kF32Rows / kF32Lanes;  // of a lane

__device__ __forceinline__ int f32_row() { return static_cast<int>(threadIdx.x) / kF32Lanes; }
__device__ __forceinline__ int f32_lane() { return static_cast<int>(threadIdx.x) % kF32Lanes; }
__device__ __forceinline__ int f32_column(int j) { return j * kF32Lanes + f32_lane(); }

// 32 rows, four elements of padding after each so that eight rows lie in different banks.
template <int kColumns>
struct F32Tile {
  static constexpr int kStride = kColumns + 4;
  static constexpr int kBytes = kF32Rows * kStride * 4;

  float *data;

  __device__ __forceinline__ float *row(int row) const { return data + row * kStride; }
  __device__ __forceinline__ float4 four(int row, int column) const {
    return *reinterpret_cast<const float4 *>(data + row * kStride + column);
  }

  // By all threads; what is not there becomes zero.
  __device__ __forceinline__ void fill(const Rows &rows, int64_t head, int head_dim, int64_t first_row,
                                       int64_t tokens) const {
    const float *from = static_cast<const float *>(rows.data) + head * head_dim;
    for (int i = static_cast<int>(threadIdx.x); i < kF32Rows * kColumns; i += kF32Threads) {
      const int64_t token = first_row + i / kColumns;
      const int column = i % kColumns;
      row(i / kColumns)[column] = token < tokens && column < head_dim ? from[token * rows.stride + column] : 0.0f;
    }
  }
};

// A lane's part of 32 rows by the head dimension.
template <int kDim>
struct F32Sums {
  static constexpr int kFours = kDim / (4 * kF32Lanes);
  float4 sums[kFours];

  __device__ __forceinline__ F32Sums() {
#pragma unroll
    for (int i = 0; i < kFours; i++) sums[i] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  }
  __device__ __forceinline__ void scale(float factor) {
#pragma unroll
    for (int i = 0; i < kFours; i++) {
      sums[i].x *= factor;
      sums[i].y *= factor;
      sums[i].z *= factor;
      sums[i].w *= factor;
    }
  }
  // += the row of the left tile, which the row's own lanes have written, by the right tile, whose rows are summed over.
  __device__ __forceinline__ void multiply_add(const F32Tile<kF32Rows> &left, const F32Tile<kDim> &right) {
    __syncwarp();
    for (int k = 0; k < kF32Rows; k++) {
      const float factor = left.row(f32_row())[k];
#pragma unroll
      for (int i = 0; i < kFours; i++) {
        const float4 x = right.four(k, (i * kF32Lanes + f32_lane()) * 4);
        sums[i].x = fmaf(factor, x.x, sums[i].x);
        sums[i].y = fmaf(factor, x.y, sums[i].y);
        sums[i].z = fmaf(factor, x.z, sums[i].z);
        sums[i].w = fmaf(factor, x.w, sums[i].w);
      }
    }
    __syncwarp();
  }
  // The rows before `end` become the sums times a factor, or are updated with them.
  __device__ __forceinline__ void write(const Rows &to, int64_t head, int head_dim, int64_t first_row, int64_t end,
                                        float factor) const {
    put(to, head, head_dim, first_row, end, [&](float *at, float sum) { *at = sum * factor; });
  }
  __device__ __forceinline__ void write(const Rows &to, int64_t head, int head_dim, int64_t first_row, int64_t end,
                                        const Update &update) const {
    put(to, head, head_dim, first_row, end, [&](float *at, float sum) { *at = update(at, sum); });
  }

 private:
  template <class Put>
  __device__ __forceinline__ void put(const Rows &to, int64_t head, int head_dim, int64_t first_row, int64_t end,
                                      Put put_one) const {
    const int64_t token = first_row + f32_row();
    if (token >= end) return;
    float *row = static_cast<float *>(to.data) + token * to.stride + head * head_dim;
#pragma unroll
    for (int i = 0; i < kFours; i++) {
      const float four[4] = {sums[i].x, sums[i].y, sums[i].z, sums[i].w};
      const int column = (i * kF32Lanes + f32_lane()) * 4;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        if (column + j < head_dim) put_one(&row[column + j], four[j]);
      }
    }
  }
};

// Scores of the lane's row with its columns: the products of rows of two tiles.
template <int kDim>
__device__ __forceinline__ void multiply_transposed(float (&scores)[kF32Scores], const F32Tile<kDim> &left,
                                                    const F32Tile<kDim> &right) {
#pragma unroll
  for (int j = 0; j < kF32Scores; j++) scores[j] = 0.0f;
  for (int i = 0; i < kDim; i += 4) {
    const float4 a = left.four(f32_row(), i);
#pragma unroll
    for (int j = 0; j < kF32Scores; j++) {
      const float4 b = right.four(f32_column(j), i);
      scores[j] = fmaf(a.x, b.x, scores[j]);
      scores[j] = fmaf(a.y, b.y, scores[j]);
      scores[j] = fmaf(a.z, b.z, scores[j]);
      scores[j] = fmaf(a.w, b.w, scores[j]);
    }
  }
}

template <class Mask>
__device__ __forceinline__ bool sees(const Mask &mask, int64_t column) {
  return column >= mask.begin(f32_row()) && column < mask.end(f32_row());
}

}  // namespace memo::flash
