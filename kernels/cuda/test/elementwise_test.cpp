// What is done element by element, and the sum of squares, against references in f64.
#include "device_arrays.h"

namespace {

const std::vector<int64_t> kSizes = {1, 3, 8, 31, 4096, 5003, 70001};
const std::vector<Shape> kShapes = {{1, 1}, {5, 7}, {3, 300}, {100, 24}, {1025, 16}, {2, 20000}, {65, 1111}};

double sigmoid(double x) { return 1 / (1 + exp(-x)); }

double gelu(double x) { return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

double gelu_slope(double x) {
  const double t = tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x);
}

Values mapped(Values values, double (*function)(double)) {
  for (double &value : values) value = function(value);
  return values;
}

Values product(Values a, const Values &b) {
  for (size_t i = 0; i < a.size(); i++) a[i] *= b[i];
  return a;
}

// Numbers of every size, and what stays what it is.
Values with_special_values(Values values) {
  const Values special = {0, -0.0, 40, -40, 1e4, -1e4, -95, NAN};
  for (size_t i = 0; i < special.size() && i < values.size() / 2; i++) values[2 * i] = special[i];
  return values;
}

void residuals_are_added(int type, int64_t offset, const std::string &text, int64_t n, const Queue &queue) {
  Random random(static_cast<uint64_t>(n));
  const DeviceArray y(type, random.normals(n), offset);
  const DeviceArray x(type, random.normals(n), offset);
  CHECK(memo_cuda_residual_add(type, y.data(), x.data(), n, queue) == MEMO_OK);
  Values expected = y.initial();
  const Values xs = x.initial();
  for (int64_t i = 0; i < n; i++) expected[i] = rounded(type, expected[i] + xs[i]);
  check_close(text + "residual " + std::to_string(n), MEMO_F32, y.now(), expected, 0);
  CHECK(x.unchanged());
}

void gelu_is_as_in_f64(int type, int64_t offset, const std::string &text, int64_t n, const Queue &queue) {
  Random random(static_cast<uint64_t>(n + 1));
  const DeviceArray x(type, with_special_values(random.normals(n, 3)), offset);
  const DeviceArray act(type, Values(static_cast<size_t>(n), 55), offset);
  CHECK(memo_cuda_gelu_forward(type, x.data(), act.data(), n, queue) == MEMO_OK);
  const Values xs = x.initial();
  const Values acts = mapped(xs, gelu);
  check_close(text + "gelu " + std::to_string(n), type, act.now(), acts, 1e-6);
  CHECK(x.unchanged());

  const DeviceArray dact(type, random.normals(n), offset);
  CHECK(memo_cuda_gelu_backward(type, x.data(), dact.data(), n, queue) == MEMO_OK);
  check_close(text + "gelu's gradient " + std::to_string(n), type, x.now(),
              product(dact.initial(), mapped(xs, gelu_slope)), 1e-5);
  check_close(text + "gelu again " + std::to_string(n), type, dact.now(), acts, 1e-6);
}

void swiglu_is_as_in_f64(int type, int64_t offset, const std::string &text, const Shape &shape, const Queue &queue) {
  const int64_t rows = shape.rows, ffn = shape.cols;
  Random random(static_cast<uint64_t>(rows + ffn));
  const DeviceArray gate_up(type, with_special_values(random.normals(rows * 2 * ffn, 2)), offset);
  const DeviceArray act(type, Values(static_cast<size_t>(rows * ffn), 55), offset);
  const DeviceArray dact(type, random.normals(rows * ffn), offset);
  CHECK(memo_cuda_swiglu_forward(type, gate_up.data(), act.data(), rows, ffn, queue) == MEMO_OK);
  const Values before = gate_up.initial(), dacts = dact.initial();
  Values acts(dacts.size());
  Values gradients(before.size());
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < ffn; c++) {
      const double gate = before[r * 2 * ffn + c], up = before[r * 2 * ffn + ffn + c];
      const double s = sigmoid(gate);
      acts[r * ffn + c] = gate * s * up;
      gradients[r * 2 * ffn + c] = dacts[r * ffn + c] * up * (s + gate * s * (1 - s));
      gradients[r * 2 * ffn + ffn + c] = dacts[r * ffn + c] * gate * s;
    }
  }
  check_close(text + "swiglu " + text_of(shape), type, act.now(), acts, 1e-6);
  CHECK(gate_up.unchanged());

  CHECK(memo_cuda_swiglu_backward(type, gate_up.data(), dact.data(), rows, ffn, queue) == MEMO_OK);
  check_close(text + "swiglu's gradient " + text_of(shape), type, gate_up.now(), gradients, 1e-5);
  check_close(text + "swiglu again " + text_of(shape), type, dact.now(), acts, 1e-6);
}

void casts_round_to_nearest(int type, int64_t offset, int64_t n, const Queue &queue) {
  Random random(static_cast<uint64_t>(n + 2));
  Values values = random.normals(n, 1e3);
  const Values ties = {1 + 1.0 / 256, 1 + 3.0 / 256, INFINITY, -INFINITY, NAN, 3.4e38, 1e-40};
  for (size_t i = 0; i < ties.size() && i < values.size(); i++) values[i] = ties[i];
  const DeviceArray source(MEMO_F32, values, offset);
  const DeviceArray destination(type, Values(values.size(), 55), offset);
  CHECK(memo_cuda_cast(type, source.data<float>(), destination.data(), n, queue) == MEMO_OK);
  const Values from = source.initial(), to = destination.now();
  for (int64_t i = 0; i < n; i++) {
    const double expected = rounded(type, from[i]);
    CHECK(std::isnan(expected) ? std::isnan(to[i]) : to[i] == expected);
  }
  CHECK(source.unchanged());
}

void adamw_is_as_in_f64(int type, int64_t offset, const std::string &text, int64_t n, const Queue &queue) {
  constexpr double kScale = 0.7, kRate = 0.01, kBeta1 = 0.9, kBeta2 = 0.95, kDecay = 0.1;
  constexpr double kFloor = 1e-8, kCorrection1 = 1 - 0.729, kCorrection2 = 1 - 0.857375;
  Random random(static_cast<uint64_t>(n + 3));
  Values squares = random.normals(n, 0.1);
  for (double &value : squares) value *= value;
  const DeviceArray w(MEMO_F32, random.normals(n), offset);
  const DeviceArray m(MEMO_F32, random.normals(n, 0.1), offset);
  const DeviceArray v(MEMO_F32, squares, offset);
  const DeviceArray gradient(MEMO_F32, random.normals(n), offset);
  const DeviceArray weights(type, Values(static_cast<size_t>(n), 55), offset);
  const bool copies = n % 2 == 1;
  CHECK(memo_cuda_adamw(type, w.data<float>(), m.data<float>(), v.data<float>(), gradient.data<float>(),
                        copies ? weights.data() : nullptr, n, kScale, kRate, kBeta1, kBeta2, kFloor, kDecay,
                        kCorrection1, kCorrection2, queue) == MEMO_OK);
  Values ws = w.initial(), ms = m.initial(), vs = v.initial();
  const Values gradients = gradient.initial();
  for (int64_t i = 0; i < n; i++) {
    const double g = gradients[i] * kScale;
    ms[i] = kBeta1 * ms[i] + (1 - kBeta1) * g;
    vs[i] = kBeta2 * vs[i] + (1 - kBeta2) * g * g;
    ws[i] = ws[i] * (1 - kRate * kDecay) - kRate / kCorrection1 * ms[i] / (sqrt(vs[i] / kCorrection2) + kFloor);
  }
  const std::string what = text + "adamw " + std::to_string(n);
  const Values new_w = w.now();
  check_close(what + " w", MEMO_F32, new_w, ws, 1e-6);
  check_close(what + " m", MEMO_F32, m.now(), ms, 1e-7);
  check_close(what + " v", MEMO_F32, v.now(), vs, 1e-8);
  CHECK(gradient.now() == Values(static_cast<size_t>(n), 0));
  if (!copies) {
    CHECK(weights.unchanged());
    return;
  }
  const Values copy = weights.now();
  for (int64_t i = 0; i < n; i++) CHECK(copy[i] == rounded(type, new_w[i]));
}

void squares_are_summed_in_f64(int64_t offset, int64_t n, const Queue &queue) {
  Random random(static_cast<uint64_t>(n + 4));
  const DeviceArray x(MEMO_F32, random.normals(n, 1e3), offset);
  DeviceArray sum(kF64, {1.5});
  const Values xs = x.initial();
  const double expected = 1.5 + sum_of(product(xs, xs));
  CHECK(memo_cuda_sum_of_squares(x.data<float>(), n, sum.data<double>(), queue) == MEMO_OK);
  const Values first = sum.now();
  CHECK(fabs(first[0] - expected) <= 1e-13 * expected);
  sum.reset();
  CHECK(memo_cuda_sum_of_squares(x.data<float>(), n, sum.data<double>(), queue) == MEMO_OK);
  CHECK(sum.now() == first);
  CHECK(x.unchanged());
}

void bytes_are_copied_and_zeroed(const Queue &queue) {
  Random random(9);
  const DeviceArray from(kI32, random.integers(1001, 0, 1 << 30), 1);
  const DeviceArray to(kI32, random.integers(1001, 0, 1 << 30), 3);
  CHECK(memo_cuda_copy(to.data(), from.data(), 4004, queue) == MEMO_OK);
  CHECK(to.now() == from.initial());
  CHECK(memo_cuda_zero(to.data(), 4000, queue) == MEMO_OK);
  Values expected(1001, 0);
  expected[1000] = from.initial()[1000];
  CHECK(to.now() == expected);
}

void nothing_is_done_for_no_elements(const Queue &queue) {
  const DeviceArray one(MEMO_F32, {1});
  void *p = one.data();
  float *f = one.data<float>();
  CHECK(memo_cuda_residual_add(MEMO_F32, p, p, 0, queue) == MEMO_OK);
  CHECK(memo_cuda_gelu_forward(MEMO_F32, p, p, 0, queue) == MEMO_OK);
  CHECK(memo_cuda_swiglu_forward(MEMO_F32, p, p, 0, 8, queue) == MEMO_OK);
  CHECK(memo_cuda_cast(MEMO_F32, f, p, 0, queue) == MEMO_OK);
  CHECK(memo_cuda_adamw(MEMO_F32, f, f, f, f, nullptr, 0, 1, 1, 1, 1, 1, 1, 1, 1, queue) == MEMO_OK);
  CHECK(memo_cuda_copy(p, p, 0, queue) == MEMO_OK && memo_cuda_zero(p, 0, queue) == MEMO_OK);
  CHECK(one.unchanged());
}

}  // namespace

int main() {
  const Queue queue;
  for_types_and_offsets([&](int type, int64_t offset, const std::string &text) {
    for (int64_t n : kSizes) {
      residuals_are_added(type, offset, text, n, queue);
      gelu_is_as_in_f64(type, offset, text, n, queue);
      casts_round_to_nearest(type, offset, n, queue);
      adamw_is_as_in_f64(type, offset, text, n, queue);
      if (type == MEMO_F32) squares_are_summed_in_f64(offset, n, queue);
    }
    for (const Shape &shape : kShapes) swiglu_is_as_in_f64(type, offset, text, shape, queue);
  });
  bytes_are_copied_and_zeroed(queue);
  nothing_is_done_for_no_elements(queue);
  CHECK(queue.fault().code == MEMO_CUDA_FAULT_NONE);
  puts("elementwise_test passed");
}
