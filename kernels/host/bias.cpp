#include "column_sums.h"
#include "kernel_table.h"
#include "storage.h"

namespace memo::MEMO_ISA {

void MEMO_TYPED(bias_forward)(Element *y, const Element *bias, int64_t rows, int64_t cols) {
  const int parts = num_parts(rows * cols);
  parallel(parts, [=](int part) {
    for_row_pieces(rows, cols, part, parts, [=](int64_t row, int64_t begin_col, int64_t end_col) {
      Element *y_row = y + row * cols;
      for_lanes(begin_col, end_col, [=](auto lanes) MEMO_FLAT {
        lanes.store(y_row, lanes.load(y_row) + lanes.load(bias));
      });
    });
  });
}

void MEMO_TYPED(bias_backward)(const Element *dy, float *dbias, int64_t rows, int64_t cols) {
  const int parts = num_parts(rows * cols);
  const PartialColumnSums sums(parts, 1, cols);
  parallel(parts, [=](int part) {
    ColumnSums dbias_sums = sums.of(part, 0);
    float *block = dbias_sums.block();
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      const Element *dy_row = dy + row * cols;
      for_lanes(0, cols, [=](auto lanes) MEMO_FLAT { lanes.store(block, lanes.load(block) + lanes.load(dy_row)); });
      dbias_sums.end_row();
    }
    dbias_sums.end_block();
  });
  sums.add_to(dbias, 0);
}

}  // namespace memo::MEMO_ISA
