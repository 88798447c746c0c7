// What goes by tokens: rotary positions, the embedding both ways, the loss; and that bad data is refused whole.
#include "device_arrays.h"

namespace {

double softmax_loss(const Values &logits, int64_t begin, int64_t vocab, int64_t target, Values *gradient,
                    double scale) {
  double largest = -INFINITY, sum = 0;
  for (int64_t i = 0; i < vocab; i++) largest = std::max(largest, logits[begin + i]);
  for (int64_t i = 0; i < vocab; i++) sum += exp(logits[begin + i] - largest);
  for (int64_t i = 0; i < vocab; i++) {
    (*gradient)[begin + i] = scale * (exp(logits[begin + i] - largest) / sum - (i == target ? 1 : 0));
  }
  return largest + log(sum) - logits[begin + target];
}

void the_loss_is_as_in_f64(int type, int64_t offset, const std::string &text, const Shape &shape, const Queue &queue) {
  const int64_t rows = shape.rows, vocab = shape.cols;
  constexpr float kScale = 0.25f;
  Random random(static_cast<uint64_t>(rows * 3 + vocab));
  Values values = random.normals(rows * vocab, 4);
  if (vocab > 20) {  // masked logits, whole packs of them too
    for (int64_t i = 1; i < vocab - 3; i += 2) values[i] = -INFINITY;
    for (int64_t i = 0; i < 17; i++) values[i] = -INFINITY;
  }
  Values targets = random.integers(rows, 0, vocab);
  targets[0] = static_cast<double>(vocab - 1);
  if (rows > 2) targets[1] = -1;
  DeviceArray logits(type, values, offset);
  const DeviceArray target(kI32, targets, offset);
  DeviceArray loss(kF64, {2});
  const auto run = [&] {
    CHECK(memo_cuda_cross_entropy(type, logits.data(), target.data<int32_t>(), loss.data<double>(), rows, vocab, kScale,
                                  queue) == MEMO_OK);
  };
  run();
  const Values before = logits.initial();
  Values gradient(before.size(), 0);
  double expected = 2;
  for (int64_t r = 0; r < rows; r++) {
    if (targets[r] < 0) continue;
    expected += softmax_loss(before, r * vocab, vocab, static_cast<int64_t>(targets[r]), &gradient, kScale);
  }
  const std::string what = text + "loss " + text_of(shape);
  check_close(what, MEMO_F32, loss.now(), {expected}, 1e-5 * static_cast<double>(rows));
  check_close(what + " gradient", type, logits.now(), gradient, 1e-8);
  CHECK(target.unchanged());

  const auto first_logits = logits.bytes_now(), first_loss = loss.bytes_now();
  logits.reset();
  loss.reset();
  run();
  CHECK(logits.bytes_now() == first_logits && loss.bytes_now() == first_loss);
}

void what_is_not_finite_reaches_the_loss(int type, const Queue &queue) {
  for (double bad : {static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    Values values(2 * 600, 0.5);
    values[600 + 333] = bad;
    const DeviceArray logits(type, values);
    const DeviceArray target(kI32, {5, 6});
    const DeviceArray loss(kF64, {0});
    CHECK(memo_cuda_cross_entropy(type, logits.data(), target.data<int32_t>(), loss.data<double>(), 2, 600, 1, queue) ==
          MEMO_OK);
    CHECK(std::isnan(loss.now()[0]));
    CHECK(std::isnan(logits.now()[600]) && !std::isnan(logits.now()[0]));
  }
}

void heads_are_rotated_and_back(int type, int64_t offset, const std::string &text, int64_t rows, int64_t heads,
                                int64_t head_dim, int64_t extra_stride, const Queue &queue) {
  constexpr int64_t kPositions = 50;
  const int64_t half = head_dim / 2, stride = heads * head_dim + extra_stride;
  Random random(static_cast<uint64_t>(rows + heads + head_dim));
  Values frequencies(static_cast<size_t>(half));
  for (int64_t d = 0; d < half; d++) frequencies[d] = pow(10000.0, -2.0 * static_cast<double>(d) / head_dim);
  const DeviceArray frequency(MEMO_F32, frequencies, offset);
  const DeviceArray cosine(MEMO_F32, Values(static_cast<size_t>(kPositions * half), 55), offset);
  const DeviceArray sine(MEMO_F32, Values(static_cast<size_t>(kPositions * half), 55), offset);
  Values every(static_cast<size_t>(kPositions));
  for (int64_t i = 0; i < kPositions; i++) every[i] = static_cast<double>((i * 7) % kPositions);
  const DeviceArray tabulated(kI32, every);
  CHECK(memo_cuda_rotary_table(frequency.data<float>(), tabulated.data<int32_t>(), cosine.data<float>(),
                               sine.data<float>(), kPositions, half, queue) == MEMO_OK);
  const Values cosines = cosine.now(), sines = sine.now(), single = frequency.initial();
  for (int64_t i = 0; i < kPositions * half; i++) {
    const float angle = static_cast<float>(every[i / half]) * static_cast<float>(single[i % half]);
    CHECK(cosines[i] == static_cast<float>(cos(static_cast<double>(angle))));
    CHECK(sines[i] == static_cast<float>(sin(static_cast<double>(angle))));
  }

  const DeviceArray x(type, random.normals(rows * stride), offset);
  const DeviceArray position(kI32, random.integers(rows, 0, kPositions), offset);
  const auto rotate = [&](int inverse) {
    CHECK(memo_cuda_rotary(type, x.data(), stride, position.data<int32_t>(), cosine.data<float>(), sine.data<float>(),
                           rows, heads, head_dim, inverse, queue) == MEMO_OK);
  };
  rotate(0);
  Values expected = x.initial();
  const Values before = expected, positions = position.initial();
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t i = 0; i < heads * half; i++) {
      const int64_t low = r * stride + i / half * head_dim + i % half, high = low + half;
      const int64_t at = static_cast<int64_t>(positions[r]) * half + i % half;
      expected[low] = before[low] * cosines[at] - before[high] * sines[at];
      expected[high] = before[high] * cosines[at] + before[low] * sines[at];
    }
  }
  const std::string what = text + "rotary " + std::to_string(heads) + " heads of " + std::to_string(head_dim);
  check_close(what, type, x.now(), expected, 1e-6);
  rotate(1);
  check_close(what + " and back", type, x.now(), before, type == MEMO_BF16 ? 0.04 : 1e-6);
}

void rows_are_looked_up(int type, int64_t offset, const Shape &shape, const Queue &queue) {
  constexpr int64_t kTableRows = 37;
  const auto [rows, cols] = shape;
  Random random(static_cast<uint64_t>(rows + cols));
  const DeviceArray table(type, random.normals(kTableRows * cols), offset);
  const DeviceArray id(kI32, random.integers(rows, 0, kTableRows), offset);
  const DeviceArray y(type, random.normals(rows * cols), offset);
  const Values tables = table.initial(), ids = id.initial();
  Values expected(static_cast<size_t>(rows * cols));
  for (int64_t i = 0; i < rows * cols; i++) expected[i] = tables[static_cast<int64_t>(ids[i / cols]) * cols + i % cols];
  for (int accumulate : {0, 1}) {
    CHECK(memo_cuda_embedding_forward(type, table.data(), id.data<int32_t>(), y.data(), rows, cols, kTableRows,
                                      accumulate, queue) == MEMO_OK);
    if (accumulate != 0) {
      for (double &value : expected) value = rounded(type, 2 * value);
    }
    CHECK(y.now() == expected);
  }
  CHECK(table.unchanged() && id.unchanged());
}

// `frequent` is the share of tokens with one id: long runs are summed in parts.
void gradients_reach_their_rows(int type, int64_t offset, const std::string &text, const Shape &shape,
                                int64_t table_rows, double frequent, const Queue &queue) {
  const auto [rows, cols] = shape;
  Random random(static_cast<uint64_t>(rows * 7 + cols + table_rows));
  Values ids = random.integers(rows, 0, table_rows);
  const Values dice = random.integers(rows, 0, 1000);
  for (int64_t r = 0; r < rows; r++) {
    if (dice[r] < 1000 * frequent) ids[r] = static_cast<double>(table_rows / 2);
  }
  const double skipped = table_rows > 2 ? ids[0] : -1;
  const DeviceArray dy(type, random.normals(rows * cols), offset);
  const DeviceArray id(kI32, ids, offset);
  DeviceArray dtable(MEMO_F32, random.normals(table_rows * cols), offset);
  const auto run = [&, rows = rows, cols = cols] {
    CHECK(memo_cuda_embedding_backward(type, dy.data(), id.data<int32_t>(), dtable.data<float>(), rows, cols,
                                       table_rows, static_cast<int64_t>(skipped), queue) == MEMO_OK);
  };
  run();
  const Values dys = dy.initial();
  Values expected = dtable.initial();
  for (int64_t i = 0; i < rows * cols; i++) {
    if (ids[i / cols] != skipped) expected[static_cast<int64_t>(ids[i / cols]) * cols + i % cols] += dys[i];
  }
  check_close(text + "embedding's gradient " + text_of(shape) + " of " + std::to_string(table_rows), MEMO_F32,
              dtable.now(), expected, 1e-6 * static_cast<double>(rows) + 1e-6);
  CHECK(dy.unchanged() && id.unchanged());
  const auto first = dtable.bytes_now();
  dtable.reset();
  run();
  CHECK(dtable.bytes_now() == first);
}

bool is_fault(const memo_cuda_fault &fault, int kernel, int64_t index, int64_t value) {
  return fault.code == MEMO_CUDA_FAULT_OUT_OF_RANGE && fault.kernel == kernel && fault.index == index &&
         fault.value == value;
}

void bad_data_changes_nothing(int type, Queue &queue) {
  constexpr int64_t kRows = 700, kCols = 16;
  Random random(11);
  Values ids = random.integers(kRows, 0, 9);
  ids[400] = 9;
  ids[650] = -1;
  const DeviceArray bad(kI32, ids);
  const int32_t *bad_ids = bad.data<int32_t>();
  const DeviceArray matrix(type, random.normals(kRows * kCols));
  const DeviceArray table(type, random.normals(9 * kCols));
  const DeviceArray dtable(MEMO_F32, random.normals(9 * kCols));
  CHECK(memo_cuda_embedding_forward(type, table.data(), bad_ids, matrix.data(), kRows, kCols, 9, 0, queue) == MEMO_OK);
  CHECK(is_fault(queue.fault(), MEMO_CUDA_KERNEL_EMBEDDING_FORWARD, 400, 9) && matrix.unchanged());
  // The first fault stays.
  CHECK(memo_cuda_embedding_backward(type, matrix.data(), bad_ids, dtable.data<float>(), kRows, kCols, 9, -1, queue) ==
        MEMO_OK);
  CHECK(is_fault(queue.fault(), MEMO_CUDA_KERNEL_EMBEDDING_FORWARD, 400, 9) && dtable.unchanged());
  queue.clear_fault();
  CHECK(memo_cuda_embedding_backward(type, matrix.data(), bad_ids, dtable.data<float>(), kRows, kCols, 9, -1, queue) ==
        MEMO_OK);
  CHECK(is_fault(queue.fault(), MEMO_CUDA_KERNEL_EMBEDDING_BACKWARD, 400, 9) && dtable.unchanged());
  queue.clear_fault();

  const DeviceArray logits(type, random.normals(kRows * 9));
  const DeviceArray loss(kF64, {3});
  CHECK(memo_cuda_cross_entropy(type, logits.data(), bad_ids, loss.data<double>(), kRows, 9, 1, queue) == MEMO_OK);
  CHECK(is_fault(queue.fault(), MEMO_CUDA_KERNEL_CROSS_ENTROPY, 400, 9) && logits.unchanged() && loss.unchanged());
  queue.clear_fault();

  const DeviceArray angles(MEMO_F32, Values(10 * 8, 0.5));
  CHECK(memo_cuda_rotary(type, matrix.data(), kCols, bad_ids, angles.data<float>(), angles.data<float>(), kRows, 1,
                         kCols, 0, queue) == MEMO_OK);
  CHECK(is_fault(queue.fault(), MEMO_CUDA_KERNEL_ROTARY, 650, -1));
  const Values before = matrix.initial(), after = matrix.now();
  for (int64_t c = 0; c < kCols; c++) CHECK(after[650 * kCols + c] == before[650 * kCols + c]);
  queue.clear_fault();
}

}  // namespace

int main() {
  Queue queue;
  for_types_and_offsets([&](int type, int64_t offset, const std::string &text) {
    for (const Shape &shape : std::vector<Shape>{{1, 1}, {5, 7}, {3, 64}, {40, 515}, {9, 8192}, {2, 20000}}) {
      the_loss_is_as_in_f64(type, offset, text, shape, queue);
    }
    heads_are_rotated_and_back(type, offset, text, 1, 1, 2, 0, queue);
    heads_are_rotated_and_back(type, offset, text, 37, 4, 64, 128, queue);
    heads_are_rotated_and_back(type, offset, text, 9, 3, 6, 1, queue);
    heads_are_rotated_and_back(type, offset, text, 5, 40, 128, 0, queue);
    for (const Shape &shape : std::vector<Shape>{{1, 1}, {300, 24}, {33, 1000}, {2, 20000}}) {
      rows_are_looked_up(type, offset, shape, queue);
    }
    gradients_reach_their_rows(type, offset, text, {1, 1}, 1, 0, queue);
    gradients_reach_their_rows(type, offset, text, {700, 24}, 300, 0.2, queue);
    gradients_reach_their_rows(type, offset, text, {5000, 8}, 70000, 0.5, queue);
    gradients_reach_their_rows(type, offset, text, {3000, 20}, 5, 0.9, queue);
    gradients_reach_their_rows(type, offset, text, {65, 2000}, 40, 1, queue);
  });
  // A row that shared memory does not hold.
  the_loss_is_as_in_f64(MEMO_F32, 3, "long rows ", {2, 131073}, queue);
  CHECK(queue.fault().code == MEMO_CUDA_FAULT_NONE);
  for (int type : {MEMO_F32, MEMO_BF16}) {
    what_is_not_finite_reaches_the_loss(type, queue);
    bad_data_changes_nothing(type, queue);
  }
  puts("tokens_test passed");
}
