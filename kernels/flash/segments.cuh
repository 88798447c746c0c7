// Which tokens see each other.
#pragma once

#include <type_traits>

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
// them where its segment ends among the columns, on the side of it that it sees. Of ends outside the block there is only
// one.
template <int kRows>
struct RowBlock {
  static constexpr int32_t kBeyond = -1;

  WorkItem item;
  int64_t first_row;
  int64_t beyond;
  int32_t bounds[kRows];  // from first_column() on, or kBeyond; 32 bits, so that two blocks fit an A100's multiprocessor

  // By all threads; the block must be synchronised afterwards.
  __device__ __forceinline__ void take(const WorkOrder &order, int64_t number, const WholeSequence &rows,
                                       const WholeSequence &) {
    if (threadIdx.x != 0) return;
    item = order.item(number);
    first_row = rows.first_row(item.row_block, kRows);
  }
  // Row r stands before the column first_column() + r * step(), which is itself where rows are columns.
  __device__ __forceinline__ int64_t first_column() const { return first_row; }
  __device__ __forceinline__ int64_t step() const { return 1; }
};

// In ring attention: the rows of one chunk all stand before the same column of another place.
template <int kRows>
struct RingRowBlock : RowBlock<kRows> {
  int64_t column;
  int64_t rows_are_columns;

  __device__ __forceinline__ void take(const WorkOrder &order, int64_t number, const TwoChunks &rows,
                                       const TwoChunks &columns) {
    if (threadIdx.x != 0) return;
    this->item = order.item(number);
    this->first_row = rows.first_row(this->item.row_block, kRows);
    column = columns.rows_before(rows.position(this->first_row));
    rows_are_columns = rows.first == columns.first;
  }
  __device__ __forceinline__ int64_t first_column() const { return column; }
  __device__ __forceinline__ int64_t step() const { return rows_are_columns; }
};

template <int kRows, class Problem>
using RowBlockOf = std::conditional_t<Problem::kRing, RingRowBlock<kRows>, RowBlock<kRows>>;

// For each row of a block the columns that it sees, from begin to end; neither is behind that of the next row.
template <int kRows, class Block>
struct Mask {
  Block &block;

  // The position of a row of the block, or of the last one that is there.
  template <class Placement>
  __device__ __forceinline__ int64_t position(int row, const Placement &rows) const {
    return rows.position(smaller(block.first_row + row, rows.end(block.first_row) - 1));
  }
  __device__ __forceinline__ void set_bound(int row, int64_t bound, int row_with_beyond) const {
    const int64_t distance = bound - block.first_column();
    block.bounds[row] = distance >= 0 && distance <= kRows ? static_cast<int32_t>(distance) : Block::kBeyond;
    if (row == row_with_beyond) block.beyond = bound;
  }
  __device__ __forceinline__ int64_t bound(int row) const {
    return block.bounds[row] == Block::kBeyond ? block.beyond : block.first_column() + block.bounds[row];
  }
};

// Rows of queries see keys: each those from where its segment begins up to itself.
template <int kRows, class Block>
struct QueryMask : Mask<kRows, Block> {
  // By all threads; the block must be synchronised afterwards.
  template <class Problem>
  __device__ __forceinline__ void prepare(const Problem &p) const {
    const int row = static_cast<int>(threadIdx.x);
    if (row >= kRows) return;
    const int64_t segment = segment_of(p.segments, this->position(row, p.queries()));
    this->set_bound(row, p.keys().rows_before(p.segments.offsets[segment]), 0);
  }
  // Whether some row does not see all of the columns.
  __device__ __forceinline__ bool cuts(int64_t first_column, int columns) const {
    return first_column + columns > end(0) || first_column < begin(kRows - 1);
  }
  __device__ __forceinline__ bool sees_nothing() const { return begin(0) >= end(kRows - 1); }
  __device__ __forceinline__ int64_t begin(int row) const { return this->bound(row); }
  __device__ __forceinline__ int64_t end(int row) const {
    return this->block.first_column() + row * this->block.step() + this->block.step();
  }
};

// Rows of keys are seen by queries: each by those from itself to where its segment ends.
template <int kRows, class Block>
struct KeyMask : Mask<kRows, Block> {
  template <class Problem>
  __device__ __forceinline__ void prepare(const Problem &p) const {
    const int row = static_cast<int>(threadIdx.x);
    if (row >= kRows) return;
    const int64_t segment = segment_of(p.segments, this->position(row, p.keys()));
    this->set_bound(row, p.queries().rows_before(p.segments.offsets[segment + 1]), kRows - 1);
  }
  __device__ __forceinline__ bool cuts(int64_t first_column, int columns) const {
    return first_column < begin(kRows - 1) || first_column + columns > end(0);
  }
  __device__ __forceinline__ bool sees_nothing() const { return begin(0) >= end(kRows - 1); }
  __device__ __forceinline__ int64_t begin(int row) const {
    return this->block.first_column() + row * this->block.step();
  }
  __device__ __forceinline__ int64_t end(int row) const { return this->bound(row); }
};

}  // namespace memo::flash
