// Gradients of parameters that rows share: sums over many rows, column by column.
#pragma once

#include <string.h>

#include "lanes.h"
#include "scratch.h"
#include "threads.h"

namespace memo::MEMO_ISA {

// One part's sums over its rows, in blocks of rows: the rounding error grows with the length of a block and the number
// of blocks, not with the number of rows. Takes 2 * whole_lines(cols) floats.
class ColumnSums {
 public:
  ColumnSums(float *memory, int64_t cols) : block_(memory), total_(memory + whole_lines(cols)), cols_(cols) {
    memset(block_, 0, sizeof(float) * cols);
    memset(total_, 0, sizeof(float) * cols);
  }

  // Where a row's values are added.
  float *block() { return block_; }

  void end_row() {
    if (++rows_ == kBlockRows) end_block();
  }

  void end_block() {
    float *block = block_;
    float *total = total_;
    for_lanes(0, cols_, [=](auto lanes) MEMO_FLAT {
      lanes.store(total, lanes.load(total) + lanes.load(block));
      lanes.store(block, Vec{});
    });
    rows_ = 0;
  }

 private:
  static constexpr int kBlockRows = 128;
  float *block_;
  float *total_;
  int64_t cols_;
  int rows_ = 0;
};

// The parts' sums of one or more parameters, in the calling thread's scratch memory.
class PartialColumnSums {
 public:
  PartialColumnSums(int parts, int num_parameters, int64_t cols)
      : parts_(parts),
        cols_(cols),
        parameter_stride_(2 * whole_lines(cols)),
        part_stride_(num_parameters * parameter_stride_),
        memory_(scratch_floats(parts * part_stride_)) {}

  ColumnSums of(int part, int parameter) const {
    return ColumnSums(memory_ + part * part_stride_ + parameter * parameter_stride_, cols_);
  }

  // gradient += the sums of all parts, in their order.
  void add_to(float *gradient, int parameter) const {
    const int parts = num_parts(parts_ * cols_);
    parallel(parts, [=](int part) {
      const Range range = range_of_part(cols_, part, parts, kLineElements);
      for_lanes(range.begin, range.end, [=](auto lanes) MEMO_FLAT {
        const float *total = memory_ + parameter * parameter_stride_ + whole_lines(cols_);
        Vec sum = lanes.load(total);
        for (int i = 1; i < parts_; i++) sum += lanes.load(total + i * part_stride_);
        lanes.store(gradient, lanes.load(gradient) + sum);
      });
    });
  }

 private:
  int parts_;
  int64_t cols_;
  int64_t parameter_stride_;
  int64_t part_stride_;
  float *memory_;
};

}  // namespace memo::MEMO_ISA
