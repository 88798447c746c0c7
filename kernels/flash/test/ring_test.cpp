// Ring attention on a GPU, or its emulation: all steps of all places together are attention by its definition, in f64.
#include <algorithm>
#include <memory>

#include "attention_run.h"
#include "bound.h"

namespace {

constexpr float kBefore = 0.5f;  // what gradients are added to

// An attention whose tokens R places share.
struct Ring {
  Case whole;
  int64_t places;

  int64_t chunk() const { return whole.tokens / (2 * places); }
  std::string name() const { return whole.name() + " R=" + std::to_string(places); }
  Case of_place() const {
    Case c = whole;
    c.tokens = 2 * chunk();
    return c;
  }
  // Of a place's row, which token it is.
  int64_t token(int64_t place, int64_t row) const {
    return row < chunk() ? place * chunk() + row : (2 * places - 1 - place) * chunk() + row - chunk();
  }
  // [T, width] of the whole, or [heads, T] where `columns` are tokens.
  template <class Values>
  Values part(const Values &all, int64_t place, int64_t width) const {
    Values mine;
    for (int64_t row = 0; row < 2 * chunk(); row++) {
      const auto from = all.begin() + token(place, row) * width;
      mine.insert(mine.end(), from, from + width);
    }
    return mine;
  }
  std::vector<double> part_of_columns(const std::vector<double> &all, int64_t place) const {
    std::vector<double> mine;
    for (int64_t head = 0; head < whole.heads; head++) {
      for (int64_t row = 0; row < 2 * chunk(); row++) mine.push_back(all[head * whole.tokens + token(place, row)]);
    }
    return mine;
  }
};

Case floats_of(Case c) {
  c.type = MEMO_F32;
  return c;
}

Matrix filled(int64_t elements, float value) { return Matrix(static_cast<size_t>(elements), value); }

// What a place has on the device.
struct Place {
  Case c;
  DeviceMatrix q, k, v, dout, out, lse, delta;
  Matrix before_q, before_kv;
  DeviceMatrix dq, dk, dv;

  Place(const Ring &ring, int64_t place, const Inputs &in)
      : c(ring.of_place()), q(matrix(ring.part(in.q, place, c.q_width()), c.q_width())),
        k(matrix(ring.part(in.k, place, c.kv_width()), c.kv_width())),
        v(matrix(ring.part(in.v, place, c.kv_width()), c.kv_width())),
        dout(matrix(ring.part(in.dout, place, c.q_width()), c.q_width())), out(floats_of(c), c.tokens, c.q_width()),
        lse(of_floats(c), c.heads, c.tokens), delta(of_floats(c), c.heads, c.tokens),
        before_q(filled(c.tokens * c.q_width(), kBefore)), before_kv(filled(c.tokens * c.kv_width(), kBefore)),
        dq(floats_of(c), c.tokens, c.q_width(), &before_q), dk(floats_of(c), c.tokens, c.kv_width(), &before_kv),
        dv(floats_of(c), c.tokens, c.kv_width(), &before_kv) {}

  // Of rounded outputs, as training keeps them.
  void make_delta(const memo_cuda_queue *queue) {
    Matrix rounded = out.read();
    if (c.type == MEMO_BF16) std::transform(rounded.begin(), rounded.end(), rounded.begin(), round_to_bf16);
    const DeviceMatrix typed(c, c.tokens, c.q_width(), &rounded);
    const int status = memo_flash_attention_delta(c.type, typed.data(), dout.data(), typed.stride(),
                                                  static_cast<float *>(delta.data()), c.tokens, c.heads, c.head_dim,
                                                  queue);
    CHECK(status == MEMO_OK, "%s", memo_flash_last_error());
    CHECK_CUDA(cudaDeviceSynchronize());
  }

 private:
  DeviceMatrix matrix(const Matrix &values, int64_t width) const { return DeviceMatrix(c, c.tokens, width, &values); }
};

float *floats(const DeviceMatrix &matrix) { return static_cast<float *>(matrix.data()); }

struct RingRun {
  const Ring &ring;
  std::vector<std::unique_ptr<Place>> places;
  int64_t *offsets = nullptr;
  Queue queue;

  RingRun(const Ring &ring, const Inputs &in) : ring(ring) {
    for (int64_t place = 0; place < ring.places; place++) places.push_back(std::make_unique<Place>(ring, place, in));
    const std::vector<int64_t> &from = ring.whole.segment_offsets;
    CHECK_CUDA(cudaMalloc(reinterpret_cast<void **>(&offsets), from.size() * sizeof(int64_t)));
    CHECK_CUDA(cudaMemcpy(offsets, from.data(), from.size() * sizeof(int64_t), cudaMemcpyHostToDevice));
  }
  ~RingRun() { cudaFree(offsets); }

  void forward(int64_t queries, int64_t keys, bool first) {
    const Place &mine = *places[static_cast<size_t>(queries)];
    const Place &other = *places[static_cast<size_t>(keys)];
    const Case &c = ring.whole;
    const int status = memo_flash_ring_attention_forward(
        c.type, mine.q.data(), mine.q.stride(), other.k.data(), other.k.stride(), other.v.data(), other.v.stride(),
        floats(mine.out), mine.out.stride(), floats(mine.lse), offsets, c.num_segments(), ring.chunk(), ring.places,
        queries, keys, c.heads, c.kv_heads, c.head_dim, c.scale(), first, &queue.queue);
    CHECK(status == MEMO_OK, "%s: %s", ring.name().c_str(), memo_flash_last_error());
    CHECK_CUDA(cudaDeviceSynchronize());
  }
  void backward(int64_t queries, int64_t keys) {
    const Place &mine = *places[static_cast<size_t>(queries)];
    const Place &other = *places[static_cast<size_t>(keys)];
    const Case &c = ring.whole;
    const int status = memo_flash_ring_attention_backward(
        c.type, mine.q.data(), mine.q.stride(), other.k.data(), other.k.stride(), other.v.data(), other.v.stride(),
        mine.dout.data(), mine.dout.stride(), floats(mine.lse), floats(mine.delta), floats(mine.dq), mine.dq.stride(),
        floats(other.dk), other.dk.stride(), floats(other.dv), other.dv.stride(), offsets, c.num_segments(),
        ring.chunk(), ring.places, queries, keys, c.heads, c.kv_heads, c.head_dim, c.scale(), &queue.queue);
    CHECK(status == MEMO_OK, "%s: %s", ring.name().c_str(), memo_flash_last_error());
    CHECK_CUDA(cudaDeviceSynchronize());
  }

  // In the order of the ring, or the other way round, which begins with keys that many queries do not see.
  void all(bool around) {
    for (int64_t place = 0; place < ring.places; place++) {
      for (int64_t step = 0; step < ring.places; step++) {
        const int64_t distance = around ? step : ring.places - 1 - step;
        forward(place, (place - distance + ring.places) % ring.places, step == 0);
      }
      places[static_cast<size_t>(place)]->make_delta(&queue.queue);
      for (int64_t step = 0; step < ring.places; step++) backward(place, (place + step) % ring.places);
    }
    CHECK(queue.fault->code == MEMO_CUDA_FAULT_NONE, "%s", ring.name().c_str());
  }
  std::vector<std::vector<unsigned char>> bits() const {
    std::vector<std::vector<unsigned char>> all;
    for (const auto &place : places) {
      for (const DeviceMatrix *matrix : {&place->out, &place->lse, &place->dq, &place->dk, &place->dv}) {
        all.push_back(matrix->bytes());
      }
    }
    return all;
  }
};

Matrix added_to(Matrix values) {
  for (float &x : values) x -= kBefore;
  return values;
}

void check(const Ring &ring, bool around) {
  const Case &c = ring.whole;
  const Inputs in(c);
  const Expected expected(c, in);
  RingRun run(ring, in);
  run.all(around);
  const Bound bound = c.type == MEMO_BF16 ? Bound{0.012, 0.006} : Bound{4e-6, 4e-6};
  // Differences of sums, and of what they were added to.
  const Bound of_gradients = {bound.of_largest, bound.of_mean, 1e-5};
  for (int64_t i = 0; i < ring.places; i++) {
    const Place &place = *run.places[static_cast<size_t>(i)];
    const std::string name = ring.name() + " place " + std::to_string(i);
    bound.check(name + " out", ring.part(expected.out, i, c.q_width()), place.out.read());
    Bound{2e-6, 2e-6, 1e-6}.check(name + " lse", ring.part_of_columns(expected.lse, i), place.lse.read());
    of_gradients.check(name + " dq", ring.part(expected.dq, i, c.q_width()), added_to(place.dq.read()));
    of_gradients.check(name + " dk", ring.part(expected.dk, i, c.kv_width()), added_to(place.dk.read()));
    of_gradients.check(name + " dv", ring.part(expected.dv, i, c.kv_width()), added_to(place.dv.read()));
  }
}

constexpr int kTypes[] = {MEMO_F32, MEMO_BF16};

// The whole sequence; documents across places; many, of which some are empty and some of one token.
std::vector<int64_t> offsets(int64_t tokens, int kind) {
  if (kind == 0 || tokens < 8) return {0, tokens};
  if (kind == 1) return {0, tokens / 3, tokens};
  return {0, 0, 1, 2, tokens / 5 + 2, tokens / 5 + 2, tokens / 2, tokens * 3 / 4, tokens - 1, tokens};
}

void every_step_together_is_attention() {
  int i = 0;
  const auto check_next = [&](int64_t head_dim, int64_t chunk, int64_t places) {
    for (int type : kTypes) {
      const int64_t tokens = 2 * places * chunk;
      const Case whole = {type,     tokens,    2, 1 + i % 2, head_dim, offsets(tokens, i % 3),
                          i % 2 * 8, i % 5 == 0 ? 8 : 0};
      check({whole, places}, i % 2 == 0);
    }
    i++;
  };
  for (int64_t head_dim : {16, 64, 96, 128, 256}) {
    check_next(head_dim, 1, 2);
    check_next(head_dim, 21, 3);
  }
  check_next(80, 40, 1);
  check_next(64, 33, 4);
  check_next(64, 150, 2);  // several blocks of rows in a chunk
  check_next(128, 130, 1);
}

void rows_need_no_alignment() {
  for (int type : kTypes) {
    for (int64_t head_dim : {5, 40, 128}) {
      check({{type, 2 * 2 * 21, 4, 2, head_dim, offsets(84, 1), 3, 1}, 2}, true);
      check({{type, 2 * 2 * 17, 2, 1, head_dim, offsets(68, 2), 4, 2}, 2}, false);
    }
  }
}

// One token to a document: a query sees itself alone, of its own place's keys.
void keys_that_nobody_sees_change_nothing() {
  for (int type : kTypes) {
    std::vector<int64_t> of_one;
    for (int64_t i = 0; i <= 140; i++) of_one.push_back(i);
    const Ring ring = {{type, 140, 2, 1, 64, of_one}, 2};
    const Inputs in(ring.whole);
    RingRun run(ring, in);
    run.forward(1, 0, true);
    for (float x : run.places[1]->out.read()) CHECK(x == 0, "%s: out is %g", ring.name().c_str(), x);
    for (float x : run.places[1]->lse.read()) CHECK(x == -INFINITY, "%s: lse is %g", ring.name().c_str(), x);
    run.forward(1, 1, false);
    const std::vector<unsigned char> out = run.places[1]->out.bytes(), lse = run.places[1]->lse.bytes();
    run.forward(1, 0, false);
    CHECK(run.places[1]->out.bytes() == out && run.places[1]->lse.bytes() == lse, "%s", ring.name().c_str());
    run.places[1]->make_delta(&run.queue.queue);
    const std::vector<unsigned char> dk = run.places[0]->dk.bytes(), dq = run.places[1]->dq.bytes();
    run.backward(1, 0);
    CHECK(run.places[0]->dk.bytes() == dk && run.places[1]->dq.bytes() == dq, "%s", ring.name().c_str());
  }
}

void the_same_bits_come_every_time() {
  for (int type : kTypes) {
    const Ring ring = {{type, 2 * 2 * 70, 4, 2, 64, offsets(280, 1)}, 2};
    const Inputs in(ring.whole);
    RingRun once(ring, in), again(ring, in);
    once.all(true);
    again.all(true);
    CHECK(once.bits() == again.bits(), "%s", ring.name().c_str());
  }
}

void bad_segments_fault_and_change_nothing() {
  for (int type : kTypes) {
    const Ring good = {{type, 120, 2, 1, 64, {0, 120}}, 3};
    Ring bad = good;
    bad.whole.segment_offsets = {0, 40};  // a place's tokens, but not the sequence's
    RingRun run(bad, Inputs(good.whole));
    memo_cuda_fault &fault = *run.queue.fault;
    run.forward(1, 1, true);
    CHECK(fault.code == MEMO_CUDA_FAULT_SEGMENTS && fault.index == 1 && fault.value == 40, "code %d", fault.code);
    CHECK(fault.kernel == MEMO_CUDA_KERNEL_RING_ATTENTION_FORWARD, "kernel %d", fault.kernel);
    memset(&fault, 0, sizeof fault);
    run.backward(1, 1);
    CHECK(fault.kernel == MEMO_CUDA_KERNEL_RING_ATTENTION_BACKWARD, "kernel %d", fault.kernel);
    CHECK(run.places[1]->out.untouched() && run.places[1]->lse.untouched(), "a call that faults changes nothing");
    for (float x : run.places[1]->dk.read()) CHECK(x == kBefore, "dk is %g", x);
    for (float x : run.places[1]->dq.read()) CHECK(x == kBefore, "dq is %g", x);
  }
}

void expect_refused(int64_t chunk, int64_t places, int64_t queries, int64_t keys, const char *part) {
  int64_t something[32] = {};
  float *floats = reinterpret_cast<float *>(something);
  Queue queue;
  const int status = memo_flash_ring_attention_forward(MEMO_BF16, something, 64, something, 64, something, 64, floats,
                                                       64, floats, something, 1, chunk, places, queries, keys, 1, 1,
                                                       64, 1.0f, 1, &queue.queue);
  CHECK(status == MEMO_INVALID_ARGUMENT, "status %d", status);
  CHECK(strstr(memo_flash_last_error(), part) != nullptr, "not in the text: '%s'; it is: %s", part,
        memo_flash_last_error());
}

void wrong_blocks_are_refused_with_a_sentence() {
  expect_refused(0, 2, 0, 0, "chunk_tokens=0, must be at least 1");
  expect_refused(1, 0, 0, 0, "places=0, must be at least 1");
  expect_refused(int64_t{1} << 39, 2, 0, 0, "chunk_tokens=549755813888, must be at most 274877906944");
  expect_refused(8, 2, 2, 0, "query_place=2, must be less than places=2");
  expect_refused(8, 2, 0, -1, "key_place=-1, must be at least 0");
}

struct Test {
  const char *name;
  void (*run)();
};
#define TEST(name) \
  Test { #name, name }

const Test kTests[] = {
    TEST(wrong_blocks_are_refused_with_a_sentence), TEST(bad_segments_fault_and_change_nothing),
    TEST(keys_that_nobody_sees_change_nothing),     TEST(rows_need_no_alignment),
    TEST(the_same_bits_come_every_time),            TEST(every_step_together_is_attention),
};

}  // namespace

// All tests, or those named.
int main(int argc, char **argv) {
  for (const Test &test : kTests) {
    bool chosen = argc == 1;
    for (int i = 1; i < argc; i++) chosen |= strcmp(argv[i], test.name) == 0;
    if (!chosen) continue;
    printf("%s\n", test.name);
    fflush(stdout);
    test.run();
  }
  return 0;
}
