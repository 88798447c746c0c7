// What the ABI hands to the kernels: the arguments of a call, in a form that is passed to a kernel by value.
#pragma once

#include <stdint.h>

#include "placement.h"

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
  static constexpr bool kRing = false;

  Rows q, k, v, out;
  float *lse;  // [H, T]
  Segments segments;
  Shape shape;
  float scale;
  const int64_t *refused;  // not 0: the segments are bad, and nothing may be written

  __host__ __device__ WholeSequence queries() const { return {shape.tokens}; }
  __host__ __device__ WholeSequence keys() const { return {shape.tokens}; }
};

struct Backward {
  static constexpr bool kRing = false;

  Rows q, k, v, out, dout;
  const float *lse;  // [H, T]
  float *delta;      // [H, T]
  Rows dq, dk, dv;
  Segments segments;
  Shape shape;
  float scale;
  const int64_t *refused;

  __host__ __device__ WholeSequence queries() const { return {shape.tokens}; }
  __host__ __device__ WholeSequence keys() const { return {shape.tokens}; }
};

// Which tokens of the whole sequence the queries and the keys of a step of ring attention are.
struct RingBlock {
  TwoChunks queries;
  TwoChunks keys;
};

// Of one place's queries to one place's keys; the segments are the whole sequence's. out is f32: what it and lse hold
// of other keys is kept, unless these are the first.
struct RingForward : Forward {
  static constexpr bool kRing = true;

  RingBlock block;
  bool first;

  __host__ __device__ TwoChunks queries() const { return block.queries; }
  __host__ __device__ TwoChunks keys() const { return block.keys; }
};

// dq, dk and dv are f32 and added to; out is not read.
struct RingBackward : Backward {
  static constexpr bool kRing = true;

  RingBlock block;

  __host__ __device__ TwoChunks queries() const { return block.queries; }
  __host__ __device__ TwoChunks keys() const { return block.keys; }
};

}  // namespace memo::flash
