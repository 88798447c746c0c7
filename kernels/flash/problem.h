// What the ABI hands to the kernels: the arguments of a call, in a form that is passed to a kernel by value.
#pragma once

#include <stdint.h>

namespace memo::flash {

// Rows of heads that lie side by side: head h of row t begins at t * stride + h * D. Of f32 or bf16, as the call says.
struct Rows {
  void *data;
  int64_t stride;
};

// The tokens [offsets[i], offsets[i + 1]) attend to each other only. Some may be empty.
struct Segments {
  const int64_t *offsets;
  int64_t count;
};

struct Shape {
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int head_dim;
};

struct Forward {
  Rows q, k, v, out;
  float *lse;  // [H, T]
  Segments segments;
  Shape shape;
  float scale;
  const int64_t *refused;  // not 0: the segments are bad, and nothing may be written
};

struct Backward {
  Rows q, k, v, out, dout;
  const float *lse;  // [H, T]
  float *delta;      // [H, T]
  Rows dq, dk, dv;
  Segments segments;
  Shape shape;
  float scale;
  const int64_t *refused;
};

}  // namespace memo::flash
