#include <math.h>

#include "kernel_table.h"
#include "threads.h"

namespace memo::MEMO_ISA {

void rotary_table_f32(const float *inverse_frequency, float *cosines, float *sines, int64_t positions,
                      int64_t half_dim) {
  const int parts = num_parts(positions * half_dim);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(positions, part, parts);
    for (int64_t position = range.begin; position < range.end; position++) {
      for (int64_t d = 0; d < half_dim; d++) {
        const float angle = static_cast<float>(position) * inverse_frequency[d];  // models are trained on its f32
        cosines[position * half_dim + d] = static_cast<float>(::cos(static_cast<double>(angle)));
        sines[position * half_dim + d] = static_cast<float>(::sin(static_cast<double>(angle)));
      }
    }
  });
}

}  // namespace memo::MEMO_ISA
