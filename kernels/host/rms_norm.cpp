#include <math.h>

#include "column_sums.h"
#include "kernel_table.h"
#include "storage.h"

namespace memo::MEMO_ISA {
namespace {

float inverse_rms(float sum_of_squares, int64_t cols, float epsilon) {
  return static_cast<float>(1.0 / ::sqrt(static_cast<double>(sum_of_squares) / cols + epsilon));
}

void forward_row(const Element *x, const Element *weight, Element *y, int64_t cols, float epsilon) {
  LaneSum squares;
  for_lanes(0, cols, [&](auto lanes) MEMO_FLAT {
    const Vec value = lanes.load(x);
    squares.add_product(lanes, value, value);
  });
  const float scale = inverse_rms(squares.total(), cols, epsilon);
  for_lanes(0, cols, [=](auto lanes) MEMO_FLAT { lanes.store(y, lanes.load(x) * scale * lanes.load(weight)); });
}

// With s = 1 / rms and g = dy * weight: dx = s g - s^3 x mean(g x).
void backward_row(const Element *x, const Element *weight, const Element *dy, Element *dx, float *dweight,
                  int64_t cols, float epsilon) {
  LaneSum squares;
  LaneSum products;
  for_lanes(0, cols, [&](auto lanes) MEMO_FLAT {
    const Vec value = lanes.load(x);
    squares.add_product(lanes, value, value);
    products.add_product(lanes, lanes.load(dy) * lanes.load(weight), value);
  });
  const float scale = inverse_rms(squares.total(), cols, epsilon);
  const double mean_product = static_cast<double>(products.total()) / cols;
  const float x_factor = static_cast<float>(mean_product * scale * scale * scale);
  for_lanes(0, cols, [=](auto lanes) MEMO_FLAT {
    const Vec value = lanes.load(x);
    const Vec scaled_dy = lanes.load(dy) * scale;
    lanes.store(dx, lanes.load(dx) + (scaled_dy * lanes.load(weight) - value * x_factor));
    lanes.store(dweight, fma(scaled_dy, value, lanes.load(dweight)));
  });
}

}  // namespace

void MEMO_TYPED(rms_norm_forward)(const Element *x, const Element *weight, Element *y, int64_t rows, int64_t cols,
                                  float epsilon) {
  const int parts = num_parts(rows * cols);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      forward_row(x + row * cols, weight, y + row * cols, cols, epsilon);
    }
  });
}

void MEMO_TYPED(rms_norm_backward)(const Element *x, const Element *weight, const Element *dy, Element *dx,
                                   float *dweight, int64_t rows, int64_t cols, float epsilon) {
  const int parts = num_parts(rows * cols);
  const PartialColumnSums sums(parts, 1, cols);
  parallel(parts, [=](int part) {
    ColumnSums dweight_sums = sums.of(part, 0);
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      const int64_t at = row * cols;
      backward_row(x + at, weight, dy + at, dx + at, dweight_sums.block(), cols, epsilon);
      dweight_sums.end_row();
    }
    dweight_sums.end_block();
  });
  sums.add_to(dweight, 0);
}

}  // namespace memo::MEMO_ISA
