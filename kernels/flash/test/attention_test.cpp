// Attention on a GPU, or its emulation, against the definition in f64.
#include "attention_run.h"
#include "bound.h"

#ifdef MEMO_CUDA_EMULATION
#include "emulation_control.h"
#endif

namespace {

void check(const Case &c, const Inputs &in, double of_largest_score = 0) {
  const Expected expected(c, in);
  Run run(c, in);
  run.both();
  // bf16: one rounding of the result, and those of probabilities and of their gradients, which are sums' terms. Where
  // single scores stand out, so do the roundings of single terms.
  const double f32_error = 4e-6 + 4e-7 * of_largest_score;
  const double bf16_error = (of_largest_score > 0 ? 3 : 1) * 0.006;
  const Bound bound = c.type == MEMO_BF16 ? Bound{2 * bf16_error, bf16_error} : Bound{f32_error, f32_error};
  bound.check(c.name() + " out", expected.out, run.out.read());
  Bound{2e-6, 2e-6}.check(c.name() + " lse", expected.lse, run.lse.read());
  bound.check(c.name() + " dv", expected.dv, run.dv.read());
  // A token by itself: the difference of two equal sums, of numbers of about 10, which were added in different orders.
  const Bound of_differences = {bound.of_largest, bound.of_mean, 1e-5};
  of_differences.check(c.name() + " dq", expected.dq, run.dq.read());
  of_differences.check(c.name() + " dk", expected.dk, run.dk.read());
  run.delta.read();
}

void check(const Case &c) { check(c, Inputs(c)); }

constexpr int kTypes[] = {MEMO_F32, MEMO_BF16};

// The whole sequence; two documents; many, of which two are empty and three are of one token.
std::vector<int64_t> offsets(int64_t tokens, int kind) {
  if (kind == 0 || tokens < 4) return {0, tokens};
  if (kind == 1) return {0, tokens / 3, tokens};
  return {0, 0, 1, 2, tokens / 5 + 2, tokens / 5 + 2, tokens * 3 / 4, tokens - 1, tokens};
}

void every_length_with_every_head_dim() {
  const int64_t head_dims[] = {1, 7, 40, 64, 80, 96, 128, 192, 256};
  const int64_t lengths[] = {1, 15, 64, 65, 130, 300};
  const int64_t heads[][2] = {{1, 1}, {2, 2}, {6, 2}, {8, 1}};
  int i = 0;
  for (int64_t head_dim : head_dims) {
    for (int64_t tokens : lengths) {
      const auto &of_case = heads[tokens >= 300 && head_dim > 96 ? i % 2 : (i + i / 6) % 4];
      for (int type : kTypes) {
        check({type, tokens, of_case[0], of_case[1], head_dim, offsets(tokens, i % 3), i % 2 * 8, i % 5 == 0 ? 8 : 0});
      }
      i++;
    }
  }
}

void rows_need_no_alignment() {
  for (int type : kTypes) {
    for (int64_t head_dim : {5, 40, 64, 128}) {
      check({type, 70, 4, 2, head_dim, offsets(70, 1), 3, 1});   // odd
      check({type, 70, 2, 1, head_dim, offsets(70, 2), 4, 2});   // to pairs
      check({type, 33, 2, 1, head_dim, offsets(33, 0), 8, 4});   // rows to each other, but not to 16 bytes
    }
  }
}

void documents_of_every_kind() {
  std::vector<int64_t> of_one;
  for (int64_t i = 0; i <= 140; i++) of_one.push_back(i);
  std::vector<int64_t> growing = {0};
  for (int64_t i = 1; growing.back() < 500; i++) growing.push_back(growing.back() + i);
  for (int type : kTypes) {
    for (int64_t head_dim : {64, 128, 256}) {
      check({type, 140, 2, 1, head_dim, of_one});
      check({type, growing.back(), 1, 1, head_dim, growing});
      check({type, 400, 1, 1, head_dim, {0, 127, 128, 129, 256, 257, 399, 400}});
    }
  }
}

void a_token_by_itself_sees_itself() {
  for (int type : kTypes) {
    const Case c = {type, 9, 2, 2, 16, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
    const Inputs in(c);
    Run run(c, in);
    run.forward();
    Bound{1e-6, 1e-6}.check(c.name(), {in.v.begin(), in.v.end()}, run.out.read());
  }
}

void large_scores_keep_their_precision() {
  for (int type : kTypes) {
    const Case c = {type, 130, 2, 1, 64, {0, 60, 130}};
    check(c, Inputs(c, 20), 100);
  }
}

// Each block's largest score is far above all before, or below: none may vanish or overflow.
void scores_may_grow_and_fall() {
  for (int type : kTypes) {
    for (int direction : {1, -1}) {
      const Case c = {type, 300, 1, 1, 64, {0, 300}};
      Inputs in(c);
      for (int64_t token = 0; token < c.tokens; token++) {
        for (int64_t j = 0; j < 64; j++) {
          in.q[token * 64 + j] = 4;
          in.k[token * 64 + j] = static_cast<float>(direction * (token / 10));
        }
      }
      const Expected expected(c, in);
      Run run(c, in);
      run.both();
      const double error = type == MEMO_BF16 ? 0.01 : 2e-4;  // scores reach 930, of which f32 keeps 6e-5
      Bound{error, error}.check(c.name() + " out", expected.out, run.out.read());
      Bound{1e-6, 1e-6}.check(c.name() + " lse", expected.lse, run.lse.read());
      Bound{error, error}.check(c.name() + " dv", expected.dv, run.dv.read());
      for (float x : run.dq.read()) CHECK(fabsf(x) < 0.1f, "%s: dq is %g, and should vanish", c.name().c_str(), x);
    }
  }
}

void what_is_not_a_number_stays_so() {
  for (int type : kTypes) {
    const Case c = {type, 65, 1, 1, 16, {0, 65}};
    for (int matrix = 0; matrix < 3; matrix++) {
      Inputs in(c);
      (matrix == 0 ? in.q : matrix == 1 ? in.k : in.v)[40 * 16 + 5] = NAN;
      Run run(c, in);
      run.both();
      CHECK(isnan(run.out.read()[40 * 16 + 5]), "%s", c.name().c_str());
      CHECK(isnan(run.dq.read()[40 * 16 + 5]) , "%s", c.name().c_str());
    }
  }
}

void the_same_bits_come_in_every_order() {
  for (int type : kTypes) {
    for (int64_t head_dim : {64, 80, 128, 256}) {
      const Case c = {type, 290, 4, 2, head_dim, {0, 100, 290}};
      const Inputs in(c);
      std::vector<std::vector<unsigned char>> first;
      for (int seed = 0; seed < 3; seed++) {
#ifdef MEMO_CUDA_EMULATION
        memo_emulation_set_seed(static_cast<uint64_t>(seed));
#endif
        Run run(c, in);
        run.both();
        if (seed == 0) first = run.bits();
        CHECK(run.bits() == first, "%s, seed %d", c.name().c_str(), seed);
      }
    }
  }
}

void expect_fault(int type, const std::vector<int64_t> &bad, int64_t index) {
  const Case c = {type, 70, 2, 1, 64, bad};
  const Case good = {type, 70, 2, 1, 64, {0, 70}};
  Run run(c, Inputs(good));
  memo_cuda_fault &fault = *run.queue.fault;
  run.forward();
  CHECK(fault.code == MEMO_CUDA_FAULT_SEGMENTS, "code %d", fault.code);
  CHECK(fault.kernel == MEMO_CUDA_KERNEL_ATTENTION_FORWARD, "kernel %d", fault.kernel);
  CHECK(fault.index == index, "index %lld", static_cast<long long>(fault.index));
  CHECK(fault.value == bad[static_cast<size_t>(index)], "value %lld", static_cast<long long>(fault.value));
  run.backward();
  CHECK(fault.kernel == MEMO_CUDA_KERNEL_ATTENTION_FORWARD, "the first fault stays");
  memset(&fault, 0, sizeof fault);
  run.backward();
  CHECK(fault.code == MEMO_CUDA_FAULT_SEGMENTS && fault.kernel == MEMO_CUDA_KERNEL_ATTENTION_BACKWARD, "code %d",
        fault.code);
  for (const DeviceMatrix *matrix : {&run.out, &run.lse, &run.delta, &run.dq, &run.dk, &run.dv}) {
    CHECK(matrix->untouched(), "a call that faults changes nothing");
  }
}

void bad_segments_fault_and_change_nothing() {
  for (int type : kTypes) {
    expect_fault(type, {1, 70}, 0);
    expect_fault(type, {-3, 70}, 0);
    expect_fault(type, {0, 69}, 1);
    expect_fault(type, {0, 71}, 1);
    expect_fault(type, {0, 40, 30, 20, 70}, 2);
    expect_fault(type, {0, 400, 70}, 2);
    std::vector<int64_t> many;
    for (int64_t i = 0; i < 5000; i++) many.push_back(i < 70 ? i : 70);
    many[3000] = 69;
    many[4999] = 68;
    expect_fault(type, many, 3000);
  }
}

void a_fault_does_not_outlast_its_call() {
  Case c = {MEMO_BF16, 70, 2, 1, 64, {0, 70}};
  const Inputs in(c);
  Run run(c, in);
  const int64_t wrong = 60, right = 70;
  CHECK_CUDA(cudaMemcpy(run.offsets + 1, &wrong, 8, cudaMemcpyHostToDevice));
  run.forward();
  CHECK(run.out.untouched(), "refused");
  CHECK_CUDA(cudaMemcpy(run.offsets + 1, &right, 8, cudaMemcpyHostToDevice));
  run.forward();
  Bound{0.012, 0.006}.check("out", Expected(c, in).out, run.out.read());
}

void no_tokens_are_no_work() {
  for (int type : kTypes) {
    const Case c = {type, 0, 2, 1, 64, {0}};
    Run run(c, Inputs(c));
    run.both();
  }
}

void expect_refused(const Case &c, const char *part) {
  int64_t something[32] = {};
  Queue queue;
  const int status = memo_flash_attention_forward(c.type, something, 600, something, 600, something, 600, something,
                                                  600, reinterpret_cast<float *>(something), something,
                                                  c.num_segments(), c.tokens, c.heads, c.kv_heads, c.head_dim, 1.0f,
                                                  &queue.queue);
  CHECK(status == MEMO_INVALID_ARGUMENT, "%s: status %d", c.name().c_str(), status);
  CHECK(strstr(memo_flash_last_error(), part) != nullptr, "not in the text: '%s'; it is: %s", part,
        memo_flash_last_error());
}

void wrong_arguments_are_refused_with_a_sentence() {
  expect_refused({7, 5, 2, 1, 8, {0, 5}}, "type=7, must be");
  expect_refused({MEMO_F32, -1, 2, 1, 8, {0, 5}}, "tokens=-1, must be at least 0");
  expect_refused({MEMO_F32, (int64_t{1} << 40) + 1, 2, 1, 8, {0, 5}}, "must be at most 1099511627776");
  expect_refused({MEMO_F32, 5, 3, 2, 8, {0, 5}}, "heads=3, must be a multiple of kv_heads=2");
  expect_refused({MEMO_BF16, 5, 1, 1, 257, {0, 5}}, "head_dim=257, must be at most 256");
  expect_refused({MEMO_BF16, 5, 1, 1, 0, {0, 5}}, "head_dim=0, must be at least 1");
  expect_refused({MEMO_BF16, 5, 1, 1, 8, {0}}, "num_segments=0, must be at least 1");
  expect_refused({MEMO_BF16, 5, 10, 1, 64, {0, 5}}, "q_stride=600, must be at least 640");
  Queue queue;
  CHECK(memo_flash_attention_forward(MEMO_F32, nullptr, 8, nullptr, 8, nullptr, 8, nullptr, 8, nullptr, nullptr, 1, 5,
                                     1, 1, 8, 1.0f, &queue.queue) == MEMO_INVALID_ARGUMENT,
        "null");
  CHECK(strstr(memo_flash_last_error(), "q is null") != nullptr, "%s", memo_flash_last_error());
  CHECK(memo_flash_version() == MEMO_FLASH_VERSION, "version");
}

struct Test {
  const char *name;
  void (*run)();
};
#define TEST(name) \
  Test { #name, name }

const Test kTests[] = {
    TEST(wrong_arguments_are_refused_with_a_sentence), TEST(no_tokens_are_no_work),
    TEST(a_token_by_itself_sees_itself), TEST(bad_segments_fault_and_change_nothing),
    TEST(a_fault_does_not_outlast_its_call), TEST(rows_need_no_alignment), TEST(large_scores_keep_their_precision),
    TEST(scores_may_grow_and_fall), TEST(what_is_not_a_number_stays_so), TEST(the_same_bits_come_in_every_order),
    TEST(documents_of_every_kind), TEST(every_length_with_every_head_dim),
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
