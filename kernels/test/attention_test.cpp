// Attention against the definition in f64: shapes that end within tiles and blocks, documents of every length, and the
// same bits for every number of threads. In bf16 each result may be one rounding off, however many tokens it sums up.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <random>
#include <vector>

#include "memo_kernels.h"

namespace {

enum Storage { kF32, kBf16 };

struct Shape {
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  std::vector<int64_t> segment_offsets;

  float scale() const { return 1.0f / sqrtf(static_cast<float>(head_dim)); }
  int64_t k_at() const { return heads * head_dim; }
  int64_t v_at() const { return (heads + kv_heads) * head_dim; }
  int64_t qkv_stride() const { return (heads + 2 * kv_heads) * head_dim; }
  int64_t out_stride() const { return heads * head_dim + 3; }
};

std::vector<memo_bf16> to_bf16(const std::vector<float> &values) {
  std::vector<memo_bf16> halves(values.size());
  memo_cast_bf16(values.data(), values.size(), halves.data(), values.size(), 1, values.size());
  return halves;
}

std::vector<float> to_floats(const std::vector<memo_bf16> &halves) {
  std::vector<float> values(halves.size());
  memo_widen_bf16(halves.data(), halves.size(), values.data(), halves.size(), 1, halves.size());
  return values;
}

// q, k and v lie side by side in qkv, and so do their gradients in dqkv. The numbers are those that are stored.
struct Tensors {
  std::vector<float> qkv, dout, out, lse, delta, dqkv;

  Tensors(const Shape &s, Storage storage)
      : qkv(s.tokens * s.qkv_stride()), dout(s.tokens * s.out_stride()), out(dout.size(), NAN),
        lse(s.heads * s.tokens, NAN), delta(lse.size(), NAN), dqkv(qkv.size(), NAN) {
    std::mt19937 random(static_cast<unsigned>(s.tokens + s.head_dim));
    std::normal_distribution<float> normal;
    for (float &x : qkv) x = normal(random);
    for (float &x : dout) x = normal(random);
    if (storage == kBf16) {
      qkv = to_floats(to_bf16(qkv));
      dout = to_floats(to_bf16(dout));
    }
  }

  void compute(const Shape &s, Storage storage, int threads) {
    memo_set_num_threads(threads);
    if (storage == kF32) {
      run(s, memo_attention_forward_f32, memo_attention_backward_f32, qkv.data(), dout.data(), out.data(), dqkv.data());
      return;
    }
    const std::vector<memo_bf16> half_qkv = to_bf16(qkv), half_dout = to_bf16(dout);
    std::vector<memo_bf16> half_out = to_bf16(out), half_dqkv = to_bf16(dqkv);
    run(s, memo_attention_forward_bf16, memo_attention_backward_bf16, half_qkv.data(), half_dout.data(),
        half_out.data(), half_dqkv.data());
    out = to_floats(half_out);
    dqkv = to_floats(half_dqkv);
  }

  template <class Forward, class Backward, class Element>
  void run(const Shape &s, Forward forward, Backward backward, const Element *q, const Element *dout, Element *out,
           Element *dq) {
    const Element *k = q + s.k_at(), *v = q + s.v_at();
    Element *dk = dq + s.k_at(), *dv = dq + s.v_at();
    const int64_t stride = s.qkv_stride();
    const int64_t num_segments = static_cast<int64_t>(s.segment_offsets.size()) - 1;
    int status = forward(q, stride, k, stride, v, stride, out, s.out_stride(), lse.data(), s.segment_offsets.data(),
                         num_segments, s.tokens, s.heads, s.kv_heads, s.head_dim, s.scale());
    status |= backward(q, stride, k, stride, v, stride, out, dout, s.out_stride(), lse.data(), delta.data(), dq,
                       stride, dk, stride, dv, stride, s.segment_offsets.data(), num_segments, s.tokens, s.heads,
                       s.kv_heads, s.head_dim, s.scale());
    if (status != MEMO_OK) {
      fprintf(stderr, "attention failed: %s\n", memo_last_error());
      exit(1);
    }
  }
};

struct Expected {
  std::vector<double> out, lse, dqkv;
};

double dot(const float *a, const float *b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// Adds what one query head makes of one token.
void expect_token(const Shape &s, const Tensors &t, int64_t head, int64_t begin, int64_t token, Expected &expected) {
  const int64_t d = s.head_dim;
  const int64_t q_at = token * s.qkv_stride() + head * d;
  const int64_t kv_column = head / (s.heads / s.kv_heads) * d;
  const int64_t out_at = token * s.out_stride() + head * d;
  const auto k_at = [&](int64_t i) { return (begin + i) * s.qkv_stride() + s.k_at() + kv_column; };
  const auto v_at = [&](int64_t i) { return (begin + i) * s.qkv_stride() + s.v_at() + kv_column; };
  std::vector<double> p(token + 1 - begin), dp(p.size());
  for (size_t i = 0; i < p.size(); i++) p[i] = dot(&t.qkv[q_at], &t.qkv[k_at(i)], d) * s.scale();
  const double largest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double &x : p) sum += x = exp(x - largest);
  expected.lse[head * s.tokens + token] = largest + log(sum);
  const double delta = dot(&t.dout[out_at], &t.out[out_at], d);  // of the output as it is stored
  for (size_t i = 0; i < p.size(); i++) {
    p[i] /= sum;
    dp[i] = dot(&t.dout[out_at], &t.qkv[v_at(i)], d);
  }
  for (size_t i = 0; i < p.size(); i++) {
    const double ds = p[i] * (dp[i] - delta) * s.scale();
    for (int64_t c = 0; c < d; c++) {
      expected.out[out_at + c] += p[i] * t.qkv[v_at(i) + c];
      expected.dqkv[q_at + c] += ds * t.qkv[k_at(i) + c];
      expected.dqkv[k_at(i) + c] += ds * t.qkv[q_at + c];
      expected.dqkv[v_at(i) + c] += p[i] * t.dout[out_at + c];
    }
  }
}

Expected expect(const Shape &s, const Tensors &t) {
  Expected expected = {std::vector<double>(t.out.size()), std::vector<double>(t.lse.size()),
                       std::vector<double>(t.qkv.size())};
  for (size_t i = 0; i + 1 < s.segment_offsets.size(); i++) {
    for (int64_t token = s.segment_offsets[i]; token < s.segment_offsets[i + 1]; token++) {
      for (int64_t head = 0; head < s.heads; head++) {
        expect_token(s, t, head, s.segment_offsets[i], token, expected);
      }
    }
  }
  return expected;
}

int failures = 0;

// rounding: the relative error that storing makes
void require_close(const char *what, const Shape &s, const std::vector<float> &actual,
                   const std::vector<double> &expected, double rounding, double tolerance) {
  double worst = 0;
  for (size_t i = 0; i < actual.size(); i++) {
    const double beyond = std::max(0.0, fabs(actual[i] - expected[i]) - rounding * fabs(expected[i]));
    const double error = isnan(actual[i]) ? INFINITY : beyond / (1 + fabs(expected[i]));
    worst = std::max(worst, error);
  }
  if (worst <= tolerance) return;
  failures++;
  fprintf(stderr, "%s: error %g, with tokens=%lld heads=%lld kv_heads=%lld head_dim=%lld segments=%zu\n", what, worst,
          static_cast<long long>(s.tokens), static_cast<long long>(s.heads), static_cast<long long>(s.kv_heads),
          static_cast<long long>(s.head_dim), s.segment_offsets.size() - 1);
}

void require(bool condition, const char *what) {
  if (condition) return;
  failures++;
  fprintf(stderr, "%s\n", what);
}

void check(const Shape &s, Storage storage) {
  Tensors t(s, storage);
  t.compute(s, storage, 1);
  Tensors threaded(s, storage);
  threaded.compute(s, storage, 3);
  // The columns between the rows of out stay NaN, and NaN is not equal to itself.
  for (Tensors *tensors : {&t, &threaded}) {
    for (int64_t token = 0; token < s.tokens; token++) {
      for (int64_t c = s.heads * s.head_dim; c < s.out_stride(); c++) {
        float &beyond = tensors->out[token * s.out_stride() + c];
        require(isnan(beyond), "wrote beyond a row of out");
        beyond = 0;
      }
    }
  }
  require(t.out == threaded.out && t.lse == threaded.lse && t.dqkv == threaded.dqkv,
          "the number of threads changes the result");
  const Expected expected = expect(s, t);
  const double rounding = storage == kBf16 ? 0x1p-8 : 0;
  require_close("out", s, t.out, expected.out, rounding, 2e-6);
  require_close("lse", s, t.lse, expected.lse, 0, 2e-6);
  require_close("gradients", s, t.dqkv, expected.dqkv, rounding, 1e-5);
}

void check(const Shape &s) {
  check(s, kF32);
  check(s, kBf16);
}

// A ring of one place computes the whole attention in the same order: in f32 its bits are the same.
void check_ring_of_one_place(const Shape &s) {
  Tensors t(s, kF32);
  t.compute(s, kF32, 2);
  std::vector<float> out(t.out.size(), NAN), lse(t.lse.size(), NAN), dqkv(t.dqkv.size(), 0.0f);
  const float *q = t.qkv.data(), *k = q + s.k_at(), *v = q + s.v_at();
  float *dq = dqkv.data(), *dk = dq + s.k_at(), *dv = dq + s.v_at();
  const int64_t stride = s.qkv_stride(), num_segments = static_cast<int64_t>(s.segment_offsets.size()) - 1;
  int status = memo_ring_attention_forward_f32(q, stride, k, stride, v, stride, out.data(), s.out_stride(), lse.data(),
                                               1, s.segment_offsets.data(), num_segments, s.tokens / 2, 1, 0, 0,
                                               s.heads, s.kv_heads, s.head_dim, s.scale());
  status |= memo_ring_attention_backward_f32(q, stride, k, stride, v, stride, t.dout.data(), s.out_stride(), lse.data(),
                                             t.delta.data(), dq, stride, dk, stride, dv, stride,
                                             s.segment_offsets.data(), num_segments, s.tokens / 2, 1, 0, 0, s.heads,
                                             s.kv_heads, s.head_dim, s.scale());
  require(status == MEMO_OK, memo_last_error());
  for (int64_t i = 0; i < s.tokens * s.out_stride(); i++) {
    if (i % s.out_stride() < s.heads * s.head_dim) {
      require(out[i] == t.out[i], "a ring of one place has another output");
    } else {
      require(isnan(out[i]), "wrote beyond a row of out");
    }
  }
  require(lse == t.lse && dqkv == t.dqkv, "a ring of one place has other sums or gradients");
}

std::vector<int64_t> segments_of(int64_t tokens, std::vector<int64_t> lengths) {
  std::vector<int64_t> offsets = {0};
  for (size_t i = 0; offsets.back() < tokens; i++) {
    offsets.push_back(std::min(tokens, offsets.back() + lengths[i % lengths.size()]));
  }
  return offsets;
}

}  // namespace

int main() {
  if (memo_version() != MEMO_KERNELS_VERSION) return 1;
  const char *isa = getenv("MEMO_ISA");
  if (isa != nullptr && memo_use_isa(isa) != MEMO_OK) return 77;
  for (int64_t tokens : {1, 7, 63, 64, 65, 129, 300}) {
    for (int64_t head_dim : {1, 16, 40, 64}) check({tokens, 2, 1, head_dim, {0, tokens}});
  }
  for (int64_t head_dim : {24, 80, 96, 128, 161, 192, 256}) check({150, 1, 1, head_dim, {0, 150}});
  for (int64_t group : {2, 3, 5, 6, 8}) check({140, 2 * group, 2, 32, {0, 140}});
  check({200, 2, 1, 32, segments_of(200, {1})});
  check({400, 3, 1, 32, segments_of(400, {1, 2, 0, 5, 20, 100, 1, 64})});
  check({700, 2, 2, 32, segments_of(700, {150, 300, 3})});
  check({1500, 1, 1, 16, {0, 1500}});
  check_ring_of_one_place({300, 4, 2, 40, {0, 300}});
  check_ring_of_one_place({402, 3, 1, 33, segments_of(402, {1, 2, 0, 5, 20, 100, 1, 64})});
  return failures == 0 ? 0 : 1;
}
