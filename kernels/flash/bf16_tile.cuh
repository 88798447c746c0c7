// Tiles of bf16 in shared memory, how they are filled from device memory and read as operands of products.
//
// The 16-byte chunks of a row are permuted by the row's number, so that the 8 rows that ldmatrix reads at once, and the
// rows that a warp fills at once, lie in different banks.
#pragma once

#include <initializer_list>

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

// Whether all rows of all heads are chunks that start at multiples of 16 bytes, as cp.async wants them.
inline bool in_chunks(std::initializer_list<Rows> all, int head_dim) {
  bool aligned = head_dim % kChunk == 0;
  for (const Rows &rows : all) {
    aligned = aligned && reinterpret_cast<uintptr_t>(rows.data) % kChunkBytes == 0 && rows.stride % kChunk == 0;
  }
  return aligned;
}

// Fills tiles with rows of one head. Each thread has one chunk of every kPass-th row, so that a single address, which
// is all that stays in registers, and a common step lead to them all. Rows and columns that are not there count as
// zeros.
template <class T, int kThreads, bool kAligned>
struct Filler {
  static constexpr int kLanes = T::kChunks <= 8 ? 8 : T::kChunks <= 16 ? 16 : 32;  // of a row
  static constexpr int kPass = kThreads / kLanes;
  static_assert(T::kRows % kPass == 0, "the same number of rows for each thread");

  const uint16_t *from;

  __device__ __forceinline__ Filler(const Rows &rows, int64_t head, int head_dim, int64_t first_row) {
    const int thread = cuda::thread_again();
    from = static_cast<const uint16_t *>(rows.data) + head * head_dim + (first_row + thread / kLanes) * rows.stride +
           thread % kLanes * kChunk;
  }

  // Starts to fill the tile, of whose rows so many are there, and goes on to the rows that follow. The tile is filled
  // for the thread once its groups are awaited, for the block once it is synchronised after that.
  __device__ __forceinline__ void fill(T tile, int64_t stride, int head_dim, int64_t rows_there) {
    const int thread = cuda::thread_again();
    const int row = thread / kLanes;
    const int chunk = thread % kLanes;
    if (chunk < T::kChunks) {
      const int there = static_cast<int>(smaller(T::kRows, rows_there));
      if (kAligned) {
        copy_chunks(tile, row, chunk, stride, chunk * kChunk < head_dim ? there : 0);
      } else {
        copy_elements(tile, row, chunk, stride, there, head_dim - chunk * kChunk);
      }
    }
    from += T::kRows * stride;
  }

 private:
  __device__ __forceinline__ void copy_chunks(T tile, int row, int chunk, int64_t stride, int there) const {
#pragma unroll
    for (int i = 0; i < T::kRows; i += kPass) {
      cuda::cp_async_16(tile.chunk(row + i, chunk), from + i * stride, row + i < there);
    }
  }

  // One at a time.
  __device__ __forceinline__ void copy_elements(T tile, int row, int chunk, int64_t stride, int there,
                                                int columns) const {
#pragma unroll 1
    for (int i = 0; i < T::kRows; i += kPass) {
#pragma unroll 1
      for (int column = 0; column < kChunk; column++) {
        const bool present = row + i < there && column < columns;
        cuda::store_shared_2(tile.chunk(row + i, chunk) + column * 2,
                             present ? from[i * stride + column] : static_cast<uint16_t>(0));
      }
    }
  }
};

// What a lane reads of a tile by ldmatrix: its row of the 16 from any row on (a multiple of 16), and there any chunk
// (even) or, by half of the lanes, its neighbour.
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

// Of a tile that all warps share, as operand B with the rows along the sum (read by ldmatrix_x4_trans).
template <class T>
__device__ __forceinline__ LaneRows<T> rows_by_16(T tile) {
  const int lane = cuda::thread_again() % 32;
  return LaneRows<T>(tile, 0, lane % 16, lane / 16);
}

// Of the warp's own rows of a tile, as operand A.
template <int kWarpRows, class T>
__device__ __forceinline__ LaneRows<T> rows_of_warp(T tile) {
  const int thread = cuda::thread_again();
  return LaneRows<T>(tile, thread / 32 * kWarpRows, thread % 16, thread % 32 / 16);
}

// Of a shared tile, as operand B with the columns along the sum.
template <class T>
__device__ __forceinline__ LaneRows<T> columns_by_8(T tile) {
  const int lane = cuda::thread_again() % 32;
  return LaneRows<T>(tile, 0, lane % 8 + lane / 16 * 8, lane / 8 % 2);
}

}  // namespace memo::flash
