// An attention to test: its shape, its random inputs, and what must come out by the definition, in f64.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <random>
#include <string>
#include <vector>

#include "memo_flash.h"

struct Case {
  int type;
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  std::vector<int64_t> segment_offsets;
  int64_t padding = 0;  // elements between the rows of each matrix
  int64_t shift = 0;    // elements before its first

  float scale() const { return 1.0f / sqrtf(static_cast<float>(head_dim)); }
  int64_t num_segments() const { return static_cast<int64_t>(segment_offsets.size()) - 1; }
  int64_t q_width() const { return heads * head_dim; }
  int64_t kv_width() const { return kv_heads * head_dim; }
  std::string name() const {
    return std::string(type == MEMO_BF16 ? "bf16" : "f32") + " T=" + std::to_string(tokens) + " H=" +
           std::to_string(heads) + " K=" + std::to_string(kv_heads) + " D=" + std::to_string(head_dim) +
           " segments=" + std::to_string(num_segments()) + " padding=" + std::to_string(padding) +
           " shift=" + std::to_string(shift);
  }
};

inline float round_to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u;
  memcpy(&x, &bits, 4);
  return x;
}

// Rows without padding.
using Matrix = std::vector<float>;

struct Inputs {
  Matrix q, k, v, dout;

  explicit Inputs(const Case &c, float factor = 1.0f)
      : q(c.tokens * c.q_width()), k(c.tokens * c.kv_width()), v(k.size()), dout(q.size()) {
    std::mt19937 random(static_cast<unsigned>(c.tokens * 1000 + c.head_dim));
    std::normal_distribution<float> normal;
    for (Matrix *matrix : {&q, &k, &v, &dout}) {
      for (float &x : *matrix) {
        x = normal(random) * (matrix == &q ? factor : 1.0f);
        if (c.type == MEMO_BF16) x = round_to_bf16(x);
      }
    }
  }
};

struct Expected {
  std::vector<double> out, lse, dq, dk, dv;

  Expected(const Case &c, const Inputs &in)
      : out(in.q.size()), lse(c.heads * c.tokens), dq(in.q.size()), dk(in.k.size()), dv(in.k.size()) {
    for (int64_t head = 0; head < c.heads; head++) {
      for (int64_t segment = 0; segment < c.num_segments(); segment++) {
        for (int64_t token = c.segment_offsets[segment]; token < c.segment_offsets[segment + 1]; token++) {
          add_token(c, in, head, c.segment_offsets[segment], token);
        }
      }
    }
  }

 private:
  void add_token(const Case &c, const Inputs &in, int64_t head, int64_t begin, int64_t token) {
    const int64_t d = c.head_dim, count = token + 1 - begin;
    const int64_t kv = head / (c.heads / c.kv_heads) * d;
    const float *q = &in.q[token * c.q_width() + head * d];
    const float *dout = &in.dout[token * c.q_width() + head * d];
    std::vector<double> p(count), dp(count);
    double largest = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
      const float *k = &in.k[(begin + i) * c.kv_width() + kv];
      const float *v = &in.v[(begin + i) * c.kv_width() + kv];
      for (int64_t j = 0; j < d; j++) {
        p[i] += static_cast<double>(q[j]) * k[j];
        dp[i] += static_cast<double>(dout[j]) * v[j];
      }
      p[i] *= c.scale();
      largest = fmax(largest, p[i]);
    }
    double sum = 0;
    for (double &x : p) sum += x = exp(x - largest);
    double delta = 0;
    for (int64_t i = 0; i < count; i++) {
      p[i] /= sum;
      delta += p[i] * dp[i];
    }
    lse[head * c.tokens + token] = largest + log(sum);
    for (int64_t i = 0; i < count; i++) {
      const int64_t key = (begin + i) * c.kv_width() + kv;
      const double ds = p[i] * (dp[i] - delta) * c.scale();
      for (int64_t j = 0; j < d; j++) {
        out[token * c.q_width() + head * d + j] += p[i] * in.v[key + j];
        dq[token * c.q_width() + head * d + j] += ds * in.k[key + j];
        dk[key + j] += ds * q[j];
        dv[key + j] += p[i] * dout[j];
      }
    }
  }
};
