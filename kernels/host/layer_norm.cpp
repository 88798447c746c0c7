#include <math.h>

#include "column_sums.h"
#include "kernel_table.h"
#include "storage.h"

namespace memo::MEMO_ISA {
namespace {

float mean_of(const Element *x, int64_t cols) {
  LaneSum values;
  for_lanes(0, cols, [&](auto lanes) MEMO_FLAT { values.add(lanes, lanes.load(x)); });
  return static_cast<float>(static_cast<double>(values.total()) / cols);
}

float inverse_deviation(float sum_of_squares, int64_t cols, float epsilon) {
  return static_cast<float>(1.0 / ::sqrt(static_cast<double>(sum_of_squares) / cols + epsilon));
}

void forward_row(const Element *x, const Element *weight, const Element *bias, Element *y, int64_t cols,
                 float epsilon) {
  const float mean = mean_of(x, cols);
  LaneSum squares;
  for_lanes(0, cols, [&](auto lanes) MEMO_FLAT {
    const Vec centred = lanes.or_else(lanes.load(x) - mean, Vec{});
    squares.add_product(lanes, centred, centred);
  });
  const float scale = inverse_deviation(squares.total(), cols, epsilon);
  for_lanes(0, cols, [=](auto lanes) MEMO_FLAT {
    const Vec normed = (lanes.load(x) - mean) * scale;
    lanes.store(y, fma(normed, lanes.load(weight), lanes.load(bias)));
  });
}

// With n the normed row, s = 1 / deviation and g = dy * weight: dx = s (g - mean(g) - n mean(g n)).
void backward_row(const Element *x, const Element *weight, const Element *dy, Element *dx, float *dweight, float *dbias,
                  int64_t cols, float epsilon) {
  const float mean = mean_of(x, cols);
  LaneSum squares;
  LaneSum gradients;
  LaneSum products;
  for_lanes(0, cols, [&](auto lanes) MEMO_FLAT {
    const Vec centred = lanes.or_else(lanes.load(x) - mean, Vec{});
    const Vec gradient = lanes.load(dy) * lanes.load(weight);
    squares.add_product(lanes, centred, centred);
    gradients.add(lanes, gradient);
    products.add_product(lanes, gradient, centred);
  });
  const float scale = inverse_deviation(squares.total(), cols, epsilon);
  const float mean_gradient = static_cast<float>(static_cast<double>(gradients.total()) / cols);
  const float mean_product = static_cast<float>(static_cast<double>(products.total()) * scale / cols);
  for_lanes(0, cols, [=](auto lanes) MEMO_FLAT {
    const Vec normed = (lanes.load(x) - mean) * scale;
    const Vec gradient = lanes.load(dy);
    const Vec inner = gradient * lanes.load(weight) - mean_gradient - normed * mean_product;
    lanes.store(dx, fma(inner, splat(scale), lanes.load(dx)));
    lanes.store(dweight, fma(gradient, normed, lanes.load(dweight)));
    lanes.store(dbias, lanes.load(dbias) + gradient);
  });
}

}  // namespace

void MEMO_TYPED(layer_norm_forward)(const Element *x, const Element *weight, const Element *bias, Element *y,
                                    int64_t rows, int64_t cols, float epsilon) {
  const int parts = num_parts(rows * cols);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      forward_row(x + row * cols, weight, bias, y + row * cols, cols, epsilon);
    }
  });
}

void MEMO_TYPED(layer_norm_backward)(const Element *x, const Element *weight, const Element *dy, Element *dx,
                                     float *dweight, float *dbias, int64_t rows, int64_t cols, float epsilon) {
  const int parts = num_parts(rows * cols);
  const PartialColumnSums sums(parts, 2, cols);
  parallel(parts, [=](int part) {
    ColumnSums dweight_sums = sums.of(part, 0);
    ColumnSums dbias_sums = sums.of(part, 1);
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      const int64_t at = row * cols;
      backward_row(x + at, weight, dy + at, dx + at, dweight_sums.block(), dbias_sums.block(), cols, epsilon);
      dweight_sums.end_row();
      dbias_sums.end_row();
    }
    dweight_sums.end_block();
    dbias_sums.end_block();
  });
  sums.add_to(dweight, 0);
  sums.add_to(dbias, 1);
}

}  // namespace memo::MEMO_ISA
