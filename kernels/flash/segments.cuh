// Which tokens see each other.
#pragma once

#include "work_order.h"

namespace memo::flash {

__device__ __forceinline__ int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
__device__ __forceinline__ int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// The segment that holds the token; of several that start there, the last: the others are empty.
__device__ __forceinline__ int64_t segment_of(const Segments &segments, int64_t token) {
  int64_t low = 0;
  int64_t high = segments.count;  // offsets[low] <= token < offsets[high]
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (segments.offsets[middle] <= token) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

// What a block of threads keeps in shared memory, since its registers are scarce: which rows it has, and a bound of
// what each of them sees.
template <int kRows>
struct RowBlock {
  WorkItem item;
  int64_t first_row;
  int64_t bounds[kRows];  // ascending

  // By all threads; the block must be synchronised afterwards.
  __device__ __forceinline__ void take(const WorkOrder &order, int64_t number) {
    if (threadIdx.x == 0) {
      item = order.item(number);
      first_row = item.row_block * kRows;
    }
  }
  __device__ __forceinline__ int64_t rows_there(int64_t tokens) const { return tokens - first_row; }
};

// Rows of queries see keys: row r those from bounds[r], where its segment begins, up to itself.
template <int kRows>
struct QueryMask {
  RowBlock<kRows> &block;

  // By all threads; the block must be synchronised afterwards.
  __device__ __forceinline__ void prepare(const Segments &segments, int64_t tokens) const {
    if (threadIdx.x < kRows) {
      const int64_t row = smaller(block.first_row + threadIdx.x, tokens - 1);
      block.bounds[threadIdx.x] = segments.offsets[segment_of(segments, row)];
    }
  }
  // Whether some row does not see all of the columns.
  __device__ __forceinline__ bool cuts(int64_t first_column, int columns) const {
    return first_column + columns > block.first_row + 1 || first_column < block.bounds[kRows - 1];
  }
  // The columns that a row sees: from begin to end, of all columns of the sequence.
  __device__ __forceinline__ int64_t begin(int row) const { return block.bounds[row]; }
  __device__ __forceinline__ int64_t end(int row) const { return block.first_row + row + 1; }
};

// Rows of keys are seen by queries: row r by those from itself to bounds[r], where its segment ends.
template <int kRows>
struct KeyMask {
  RowBlock<kRows> &block;

  __device__ __forceinline__ void prepare(const Segments &segments, int64_t tokens) const {
    if (threadIdx.x < kRows) {
      const int64_t row = smaller(block.first_row + threadIdx.x, tokens - 1);
      block.bounds[threadIdx.x] = segments.offsets[segment_of(segments, row) + 1];
    }
  }
  __device__ __forceinline__ bool cuts(int64_t first_column, int columns) const {
    return first_column < block.first_row + kRows - 1 || first_column + columns > block.bounds[0];
  }
  __device__ __forceinline__ int64_t begin(int row) const { return block.first_row + row; }
  __device__ __forceinline__ int64_t end(int row) const { return block.bounds[row]; }
};

}  // namespace memo::flash
