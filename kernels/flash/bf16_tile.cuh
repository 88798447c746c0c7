// Tiles of bf16 in shared memory, how they are filled from device memory and read as operands of products.
//
// The 16-byte chunks of a row are permuted by the row's number, so that the 8 rows that ldmatrix reads at once, and the
// rows that a warp fills at once, lie in different banks.
#pragma once

#include "ptx.cuh"
#include "segments.cuh"

namespace memo::flash {

using cuda::SharedAddress;

constexpr int kChunkBytes = 16;
constexpr int kChunk = 8;  // bf16 of a chunk

template <int kRows_, int kDim_>
struct Tile {
  static constexpr int kRows = kRows_;
  static constexpr int kDim = kDim_;
  static constexpr int kChunks = kDim / kChunk;
  static constexpr int kRowBytes = kChunks * kChunkBytes;
  static constexpr int kBytes = kRows * kRowBytes;
  // A row of a multiple of 128 bytes starts in the same bank as the row before, else of 64 bytes as the second before.
  static constexpr bool kWholeLines = kRowBytes % 128 == 0;
  static_assert(kRowBytes % 64 == 0, "rows of whole half-lines");

  SharedAddress base;  // aligned to 128 bytes

  static __device__ __forceinline__ int swizzle(int row) { return kWholeLines ? row & 7 : (row >> 1) & 3; }
  __device__ __forceinline__ SharedAddress chunk(int row, int chunk) const {
    return base + row * kRowBytes + (chunk ^ swizzle(row)) * kChunkBytes;
  }
};

// Fills tiles with rows of one head. Each thread has one chunk of every kPass-th row, so that a single address, which is
// all that stays in registers, and a common step lead to them all. Rows and columns that are not there count as zeros.
template <class T, int kThreads>
struct Filler {
  static constexpr int kLanes = T::kChunks <= 8 ? 8 : T::kChunks <= 16 ? 16 : 32;  // of a row
  static constexpr int kPass = kThreads / kLanes;
  static_assert(T::kRows % kPass == 0, "the same number of rows for each thread");

  const uint16_t *from;

  __device__ __forceinline__ Filler(const Rows &rows, int64_t head, int head_dim, int64_t first_row)
      : from(static_cast<const uint16_t *>(rows.data) + head * head_dim + (first_row + thread_row()) * rows.stride +
             chunk() * kChunk) {}

  static __device__ __forceinline__ int thread_row() { return static_cast<int>(threadIdx.x) / kLanes; }
  static __device__ __forceinline__ int chunk() { return static_cast<int>(threadIdx.x) % kLanes; }

  // Starts to fill the tile, of whose rows so many are there, and goes on to the rows that follow. The tile is filled for
  // the thread once its groups are awaited, for the block once it is synchronised after that.
  __device__ __forceinline__ void fill(T tile, const Rows &rows, int head_dim, int64_t rows_there) {
    if (chunk() < T::kChunks) {
      const int there = static_cast<int>(smaller(T::kRows, rows_there));
      const bool aligned = reinterpret_cast<uintptr_t>(rows.data) % kChunkBytes == 0 && rows.stride % kChunk == 0 &&
                           head_dim % kChunk == 0;
      if (aligned) {
        copy_chunks(tile, rows.stride, chunk() * kChunk < head_dim ? there : 0);
      } else {
        copy_elements(tile, rows.stride, there, head_dim - chunk() * kChunk);
      }
    }
    from += T::kRows * rows.stride;
  }

 private:
  __device__ __forceinline__ void copy_chunks(T tile, int64_t stride, int there) const {
#pragma unroll
    for (int i = 0; i < T::kRows; i += kPass) {
      cuda::cp_async_16(tile.chunk(thread_row() + i, chunk()), from + i * stride, thread_row() + i < there);
    }
  }

  // One at a time: slow, but with few registers, which are scarce where tiles are filled.
  __device__ __forceinline__ void copy_elements(T tile, int64_t stride, int there, int columns) const {
#pragma unroll 1
    for (int i = 0; i < T::kRows / kPass * kChunk; i++) {
      const int row = i / kChunk * kPass;
      const int column = i % kChunk;
      const bool present = thread_row() + row < there && column < columns;
      cuda::store_shared_2(tile.chunk(thread_row() + row, chunk()) + column * 2,
                           present ? from[row * stride + column] : static_cast<uint16_t>(0));
    }
  }
};

// What a lane reads of a tile by ldmatrix: its row of the 16 from any row on (a multiple of 16), and there any chunk (even)
// or, by half of the lanes, its neighbour.
template <class T>
struct LaneRows {
  static constexpr int kLineBytes = T::kWholeLines ? 128 : 64;

  SharedAddress row;
  SharedAddress permuted;  // the first chunk of the row, or its neighbour

  __device__ __forceinline__ LaneRows(T tile, int first_row, int lane_row, int lane_chunk)
      : row(tile.base + (first_row + lane_row) * T::kRowBytes),
        permuted((lane_chunk ^ T::swizzle(lane_row)) * kChunkBytes) {}

  // Exclusive-or acts within a line, so the rest of the address is a constant offset.
  __device__ __forceinline__ SharedAddress chunk(int first_row, int chunk) const {
    const int offset = chunk * kChunkBytes;
    return row + (permuted ^ (offset % kLineBytes)) + offset / kLineBytes * kLineBytes + first_row * T::kRowBytes;
  }
};

// As operand A, or as operand B with the rows along the sum (read by ldmatrix_x4_trans).
template <class T>
__device__ __forceinline__ LaneRows<T> rows_by_16(T tile, int first_row = 0) {
  const int lane = threadIdx.x % 32;
  return LaneRows<T>(tile, first_row, lane % 16, lane / 16);
}

// As operand B with the columns along the sum.
template <class T>
__device__ __forceinline__ LaneRows<T> columns_by_8(T tile) {
  const int lane = threadIdx.x % 32;
  return LaneRows<T>(tile, 0, lane % 8 + lane / 16 * 8, lane / 8 % 2);
}

}  // namespace memo::flash
