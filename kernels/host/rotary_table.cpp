#include <math.h>

#include "kernel_table.h"
#include "threads.h"

namespace memo::MEMO_ISA {

void rotary_table_f32(const float *inverse_frequency, const int32_t *positions, float *cosines, float *sines,
                      int64_t rows, int64_t half_dim) {
  const int parts = num_parts(rows * half_dim);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      const float position = static_cast<float>(positions[row]);
      for (int64_t d = 0; d < half_dim; d++) {
        const float angle = position * inverse_frequency[d];  // models are trained on its f32
        cosines[row * half_dim + d] = static_cast<float>(::cos(static_cast<double>(angle)));
        sines[row * half_dim + d] = static_cast<float>(::sin(static_cast<double>(angle)));
      }
    }
  });
}

}  // namespace memo::MEMO_ISA
