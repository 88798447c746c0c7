#include <string.h>

#include "kernel_table.h"
#include "lanes.h"
#include "storage.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

template <class Target>
void add_row(Target *y, const Element *x, Range cols) {
  for_lanes(cols.begin, cols.end, [=](auto lanes) MEMO_FLAT { lanes.store(y, lanes.load(y) + lanes.load(x)); });
}

}  // namespace

void MEMO_TYPED(embedding_forward)(const Element *table, const int32_t *ids, Element *y, int64_t rows, int64_t cols,
                                   int64_t, int accumulate) {
  const int parts = num_parts(rows * cols);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      const Element *source = table + ids[row] * cols;
      Element *y_row = y + row * cols;
      if (accumulate != 0) {
        add_row(y_row, source, {0, cols});
      } else {
        memcpy(y_row, source, sizeof(Element) * cols);
      }
    }
  });
}

// Parts are ranges of columns: tokens with the same id never meet in two threads, and are added in their order.
void MEMO_TYPED(embedding_backward)(const Element *dy, const int32_t *ids, float *dtable, int64_t rows, int64_t cols,
                                    int64_t, int64_t skipped_id) {
  const int parts = num_parts(rows * cols);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(cols, part, parts, kLineElements);
    for (int64_t row = 0; row < rows; row++) {
      if (ids[row] != skipped_id) add_row(dtable + ids[row] * cols, dy + row * cols, range);
    }
  });
}

}  // namespace memo::MEMO_ISA
