#include "kernel_table.h"
#include "lanes.h"
#include "storage.h"
#include "threads.h"

namespace memo::MEMO_ISA {

void MEMO_TYPED(rotary)(Element *x, int64_t row_stride, const int32_t *positions, const float *cosines,
                        const float *sines, int64_t rows, int64_t heads, int64_t head_dim, int inverse) {
  const int64_t half_dim = head_dim / 2;
  const float direction = inverse != 0 ? -1.0f : 1.0f;
  const int parts = num_parts(rows * heads * head_dim);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      Element *first_head = x + row * row_stride;
      const int64_t table_at = positions[row] * half_dim;
      for_lanes(0, half_dim, [=](auto lanes) MEMO_FLAT {
        const Vec cosine = lanes.load(cosines + table_at);
        const Vec sine = lanes.load(sines + table_at) * direction;
        for (int64_t head = 0; head < heads; head++) {
          Element *low = first_head + head * head_dim;
          Element *high = low + half_dim;
          const Vec a = lanes.load(low);
          const Vec b = lanes.load(high);
          lanes.store(low, a * cosine - b * sine);
          lanes.store(high, b * cosine + a * sine);
        }
      });
    }
  });
}

}  // namespace memo::MEMO_ISA
