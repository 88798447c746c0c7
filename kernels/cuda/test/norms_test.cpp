// The norms and the bias against references in f64: one row and many, narrow rows that share a block, rows that
// registers hold and rows that they do not, aligned and not.
#include "device_arrays.h"

namespace {

constexpr double kEpsilon = 1e-5;

const std::vector<Shape> kShapes = {{1, 1},   {3, 7},      {70, 24},   {9, 128},   {1100, 8},
                                    {5, 515}, {33, 1032}, {40, 2048}, {3, 16384}, {2, 20000}};

// Statistics of a row: the layer norm's, or the RMS norm's with a mean of zero.
struct RowStatistics {
  double mean = 0;
  double scale;
  RowStatistics(const double *x, int64_t cols, bool centred) {
    if (centred) {
      for (int64_t c = 0; c < cols; c++) mean += x[c];
      mean /= static_cast<double>(cols);
    }
    double squares = 0;
    for (int64_t c = 0; c < cols; c++) squares += (x[c] - mean) * (x[c] - mean);
    scale = 1 / sqrt(squares / static_cast<double>(cols) + kEpsilon);
  }
};

void norm_is_forward_as_in_f64(int type, int64_t offset, const std::string &text, const Shape &shape, bool layer,
                               const Queue &queue) {
  const auto [rows, cols] = shape;
  Random random(static_cast<uint64_t>(rows * 31 + cols));
  const DeviceArray x(type, random.normals(rows * cols, 2), offset);
  const DeviceArray weight(type, random.normals(cols), offset);
  const DeviceArray bias(type, random.normals(cols), offset);
  const DeviceArray y(type, Values(static_cast<size_t>(rows * cols), 77), offset);
  const int status = layer ? memo_cuda_layer_norm_forward(type, x.data(), weight.data(), bias.data(), y.data(), rows,
                                                          cols, kEpsilon, queue)
                           : memo_cuda_rms_norm_forward(type, x.data(), weight.data(), y.data(), rows, cols, kEpsilon,
                                                        queue);
  CHECK(status == MEMO_OK);
  const Values xs = x.initial(), weights = weight.initial(), biases = bias.initial();
  Values expected(xs.size());
  for (int64_t r = 0; r < rows; r++) {
    const RowStatistics row(&xs[r * cols], cols, layer);
    for (int64_t c = 0; c < cols; c++) {
      expected[r * cols + c] = (xs[r * cols + c] - row.mean) * row.scale * weights[c] + (layer ? biases[c] : 0);
    }
  }
  check_close(text + (layer ? "layer" : "rms") + " forward " + text_of(shape), type, y.now(), expected, 3e-6);
  CHECK(x.unchanged() && weight.unchanged() && bias.unchanged());
}

void norm_is_backward_as_in_f64(int type, int64_t offset, const std::string &text, const Shape &shape, bool layer,
                                const Queue &queue) {
  const auto [rows, cols] = shape;
  Random random(static_cast<uint64_t>(rows * 37 + cols));
  const DeviceArray x(type, random.normals(rows * cols, 2), offset);
  const DeviceArray weight(type, random.normals(cols), offset);
  const DeviceArray dy(type, random.normals(rows * cols), offset);
  DeviceArray dx(type, random.normals(rows * cols), offset);
  DeviceArray dweight(MEMO_F32, random.normals(cols), offset);
  DeviceArray dbias(MEMO_F32, random.normals(cols), offset);
  const auto run = [&, rows = rows, cols = cols] {
    float *dw = dweight.data<float>(), *db = dbias.data<float>();
    CHECK((layer ? memo_cuda_layer_norm_backward(type, x.data(), weight.data(), dy.data(), dx.data(), dw, db, rows,
                                                 cols, kEpsilon, queue)
                 : memo_cuda_rms_norm_backward(type, x.data(), weight.data(), dy.data(), dx.data(), dw, rows, cols,
                                               kEpsilon, queue)) == MEMO_OK);
  };
  run();

  const Values xs = x.initial(), weights = weight.initial(), dys = dy.initial();
  Values dxs = dx.initial(), dweights = dweight.initial(), dbiases = dbias.initial();
  for (int64_t r = 0; r < rows; r++) {
    const RowStatistics row(&xs[r * cols], cols, layer);
    double mean_gradient = 0, mean_product = 0;
    for (int64_t c = 0; c < cols; c++) {
      const double gradient = dys[r * cols + c] * weights[c];
      if (layer) mean_gradient += gradient / static_cast<double>(cols);
      mean_product += gradient * (xs[r * cols + c] - row.mean) * row.scale / static_cast<double>(cols);
    }
    for (int64_t c = 0; c < cols; c++) {
      const int64_t at = r * cols + c;
      const double normed = (xs[at] - row.mean) * row.scale;
      dxs[at] += row.scale * (dys[at] * weights[c] - mean_gradient - normed * mean_product);
      dweights[c] += dys[at] * normed;
      dbiases[c] += dys[at];
    }
  }
  const std::string what = text + (layer ? "layer" : "rms") + " backward " + text_of(shape);
  check_close(what + " dx", type, dx.now(), dxs, type == MEMO_BF16 ? 2e-2 : 2e-5);
  check_close(what + " dweight", MEMO_F32, dweight.now(), dweights, 1e-4);
  if (layer) check_close(what + " dbias", MEMO_F32, dbias.now(), dbiases, 1e-4);
  CHECK(x.unchanged() && weight.unchanged() && dy.unchanged());

  const auto first_dx = dx.bytes_now(), first_dweight = dweight.bytes_now(), first_dbias = dbias.bytes_now();
  dx.reset();
  dweight.reset();
  dbias.reset();
  run();
  CHECK(dx.bytes_now() == first_dx && dweight.bytes_now() == first_dweight && dbias.bytes_now() == first_dbias);
}

void bias_is_added_and_summed(int type, int64_t offset, const std::string &text, const Shape &shape,
                              const Queue &queue) {
  const auto [rows, cols] = shape;
  Random random(static_cast<uint64_t>(rows * 41 + cols));
  const DeviceArray y(type, random.normals(rows * cols), offset);
  const DeviceArray bias(type, random.normals(cols), offset);
  CHECK(memo_cuda_bias_forward(type, y.data(), bias.data(), rows, cols, queue) == MEMO_OK);
  Values sums = y.initial();
  const Values biases = bias.initial();
  for (int64_t i = 0; i < rows * cols; i++) sums[i] += biases[i % cols];
  check_close(text + "bias forward " + text_of(shape), type, y.now(), sums, 1e-6);

  const DeviceArray dy(type, random.normals(rows * cols), offset);
  DeviceArray dbias(MEMO_F32, random.normals(cols), offset);
  CHECK(memo_cuda_bias_backward(type, dy.data(), dbias.data<float>(), rows, cols, queue) == MEMO_OK);
  const Values dys = dy.initial();
  Values dbiases = dbias.initial();
  for (int64_t i = 0; i < rows * cols; i++) dbiases[i % cols] += dys[i];
  check_close(text + "bias backward " + text_of(shape), MEMO_F32, dbias.now(), dbiases, 1e-4);
  CHECK(dy.unchanged() && bias.unchanged());

  const auto first = dbias.bytes_now();
  dbias.reset();
  CHECK(memo_cuda_bias_backward(type, dy.data(), dbias.data<float>(), rows, cols, queue) == MEMO_OK);
  CHECK(dbias.bytes_now() == first);
}

}  // namespace

int main() {
  const Queue queue;
  for_types_and_offsets([&](int type, int64_t offset, const std::string &text) {
    for (const Shape &shape : kShapes) {
      for (bool layer : {false, true}) {
        norm_is_forward_as_in_f64(type, offset, text, shape, layer, queue);
        norm_is_backward_as_in_f64(type, offset, text, shape, layer, queue);
      }
      bias_is_added_and_summed(type, offset, text, shape, queue);
    }
  });
  CHECK(queue.fault().code == MEMO_CUDA_FAULT_NONE);
  puts("norms_test passed");
}
