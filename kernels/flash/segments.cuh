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

// What a block of threads keeps in shared memory, since its registers are scarce: which rows it has, and for each of
// them where its segment ends, on the side of it that it sees. Of ends outside the block there is only one.
template <int kRows>
struct RowBlock {
  static constexpr int32_t kBeyond = -1;

  WorkItem item;
  int64_t first_row;
  int64_t beyond;
  int32_t bounds[kRows];  // from first_row on, or kBeyond; 32 bits, so that two blocks fit an A100's multiprocessor

  // By all threads; the block must be synchronised afterwards.
  template <class Placement>
  __device__ __forceinline__ void take(const WorkOrder &order, int64_t number, const Placement &rows) {
    if (threadIdx.x == 0) {
      item = order.item(number);
      first_row = rows.first_row(item.row_block, kRows);
    }
  }
  // Bounds are positions, as is `first`: that of the first row.
  __device__ __forceinline__ void set_bound(int row, int64_t bound, int64_t first, int row_with_beyond) {
    const int64_t distance = bound - first;
    bounds[row] = distance >= 0 && distance <= kRows ? static_cast<int32_t>(distance) : kBeyond;
    if (row == row_with_beyond) beyond = bound;
  }
  __device__ __forceinline__ int64_t bound(int row, int64_t first) const {
    return bounds[row] == kBeyond ? beyond : first + bounds[row];
  }
};

// Rows of queries see keys: row r those from where its segment begins up to itself.
template <int kRows, class Placement>
struct QueryMask {
  RowBlock<kRows> &block;
  Placement queries;
  Placement keys;

  // By all threads; the block must be synchronised afterwards.
  __device__ __forceinline__ void prepare(const Segments &segments) const {
    const int row = static_cast<int>(threadIdx.x);
    if (row >= kRows) return;
    const int64_t last = queries.end(block.first_row) - 1;
    const int64_t position = queries.position(smaller(block.first_row + row, last));
    block.set_bound(row, segments.offsets[segment_of(segments, position)], first_position(), 0);
  }
  // Whether some row does not see all of the columns.
  __device__ __forceinline__ bool cuts(int64_t first_column, int columns) const {
    return first_column + columns > end(0) || first_column < begin(kRows - 1);
  }
  // The columns that a row sees: from begin to end, which is not behind that of the next row.
  __device__ __forceinline__ int64_t begin(int row) const {
    return keys.rows_before(block.bound(row, first_position()));
  }
  __device__ __forceinline__ int64_t end(int row) const { return keys.rows_before(first_position() + row + 1); }
  __device__ __forceinline__ bool sees_nothing() const { return begin(0) >= end(kRows - 1); }

 private:
  __device__ __forceinline__ int64_t first_position() const { return queries.position(block.first_row); }
};

// Rows of keys are seen by queries: row r by those from itself to where its segment ends.
template <int kRows, class Placement>
struct KeyMask {
  RowBlock<kRows> &block;
  Placement keys;
  Placement queries;

  __device__ __forceinline__ void prepare(const Segments &segments) const {
    const int row = static_cast<int>(threadIdx.x);
    if (row >= kRows) return;
    const int64_t last = keys.end(block.first_row) - 1;
    const int64_t position = keys.position(smaller(block.first_row + row, last));
    block.set_bound(row, segments.offsets[segment_of(segments, position) + 1], first_position(), kRows - 1);
  }
  __device__ __forceinline__ bool cuts(int64_t first_column, int columns) const {
    return first_column < begin(kRows - 1) || first_column + columns > end(0);
  }
  __device__ __forceinline__ int64_t begin(int row) const { return queries.rows_before(first_position() + row); }
  __device__ __forceinline__ int64_t end(int row) const {
    return queries.rows_before(block.bound(row, first_position()));
  }
  __device__ __forceinline__ bool sees_nothing() const { return begin(0) >= end(kRows - 1); }

 private:
  __device__ __forceinline__ int64_t first_position() const { return keys.position(block.first_row); }
};

template <int kRows, class Problem>
__device__ __forceinline__ auto query_mask(RowBlock<kRows> &block, const Problem &p) {
  return QueryMask<kRows, decltype(p.queries())>{block, p.queries(), p.keys()};
}
template <int kRows, class Problem>
__device__ __forceinline__ auto key_mask(RowBlock<kRows> &block, const Problem &p) {
  return KeyMask<kRows, decltype(p.keys())>{block, p.keys(), p.queries()};
}

}  // namespace memo::flash
