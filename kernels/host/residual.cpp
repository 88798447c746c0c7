#include "kernel_table.h"
#include "lanes.h"
#include "storage.h"
#include "threads.h"

namespace memo::MEMO_ISA {

void MEMO_TYPED(residual_add)(Element *y, const Element *x, int64_t n) {
  const int parts = num_parts(n);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(n, part, parts, kLineElements);
    for_lanes(range.begin, range.end, [=](auto lanes) MEMO_FLAT { lanes.store(y, lanes.load(y) + lanes.load(x)); });
  });
}

}  // namespace memo::MEMO_ISA
