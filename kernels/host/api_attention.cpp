// Attention's ABI functions, for each storage type.
#include "errors.h"
#include "kernel_table.h"
#include "storage.h"

namespace memo {
namespace {

constexpr int64_t kMaxHeadDim = 256;

struct Shape {
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
};

void require_shape(const Shape &shape) {
  require_at_least({"tokens", shape.tokens}, 0);
  require_at_least({"heads", shape.heads}, 1);
  require_at_least({"kv_heads", shape.kv_heads}, 1);
  require_matrix({"heads", shape.heads}, {"head_dim", shape.head_dim});
  if (shape.head_dim > kMaxHeadDim) {
    throw Failure(MEMO_INVALID_ARGUMENT, "head_dim=%lld, must be at most %lld",
                  static_cast<long long>(shape.head_dim), static_cast<long long>(kMaxHeadDim));
  }
  if (shape.heads % shape.kv_heads != 0) {
    throw Failure(MEMO_INVALID_ARGUMENT, "heads=%lld, must be a multiple of kv_heads=%lld",
                  static_cast<long long>(shape.heads), static_cast<long long>(shape.kv_heads));
  }
}

void require_segments(const int64_t *offsets, int64_t num_segments, int64_t tokens) {
  require_at_least(MEMO_COUNT(num_segments), tokens > 0 ? 1 : 0);
  for (int64_t i = 0; i < num_segments; i++) {
    if (offsets[i + 1] < offsets[i]) {
      throw Failure(MEMO_INVALID_ARGUMENT, "segment_offsets[%lld]=%lld is below the one before it, %lld",
                    static_cast<long long>(i + 1), static_cast<long long>(offsets[i + 1]),
                    static_cast<long long>(offsets[i]));
    }
  }
  if (offsets[0] != 0 || offsets[num_segments] != tokens) {
    throw Failure(MEMO_INVALID_ARGUMENT, "segment_offsets reach from %lld to %lld, must from 0 to tokens=%lld",
                  static_cast<long long>(offsets[0]), static_cast<long long>(offsets[num_segments]),
                  static_cast<long long>(tokens));
  }
}

// Chunks of so many tokens each, and who of the places holds the queries and who the keys. The sequence's tokens.
int64_t require_ring(NamedCount chunk_tokens, NamedCount places, NamedCount query_place, NamedCount key_place) {
  require_at_least(places, 1);
  require_matrix({"places", places.value}, chunk_tokens);
  for (const NamedCount &place : {query_place, key_place}) {
    require_at_least(place, 0);
    if (place.value >= places.value) {
      throw Failure(MEMO_INVALID_ARGUMENT, "%s=%lld, must be below places=%lld", place.name,
                    static_cast<long long>(place.value), static_cast<long long>(places.value));
    }
  }
  return 2 * chunk_tokens.value * places.value;
}

}  // namespace
}  // namespace memo

int MEMO_TYPED(memo_attention_forward)(const memo::Element *q, int64_t q_stride, const memo::Element *k,
                                       int64_t k_stride, const memo::Element *v, int64_t v_stride, memo::Element *out,
                                       int64_t out_stride, float *lse, const int64_t *segment_offsets,
                                       int64_t num_segments, int64_t tokens, int64_t heads, int64_t kv_heads,
                                       int64_t head_dim, float scale) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(q), MEMO_POINTER(k), MEMO_POINTER(v), MEMO_POINTER(out), MEMO_POINTER(lse),
                            MEMO_POINTER(segment_offsets)});
    memo::require_shape({tokens, heads, kv_heads, head_dim});
    memo::require_at_least(MEMO_COUNT(q_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(k_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(v_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(out_stride), heads * head_dim);
    memo::require_segments(segment_offsets, num_segments, tokens);
    memo::kernels().MEMO_TYPED(attention_forward)(q, q_stride, k, k_stride, v, v_stride, out, out_stride, lse,
                                                  segment_offsets, num_segments, tokens, heads, kv_heads, head_dim,
                                                  scale);
  });
}

int MEMO_TYPED(memo_attention_backward)(const memo::Element *q, int64_t q_stride, const memo::Element *k,
                                        int64_t k_stride, const memo::Element *v, int64_t v_stride,
                                        const memo::Element *out, const memo::Element *dout, int64_t out_stride,
                                        const float *lse, float *delta, memo::Element *dq, int64_t dq_stride,
                                        memo::Element *dk, int64_t dk_stride, memo::Element *dv, int64_t dv_stride,
                                        const int64_t *segment_offsets, int64_t num_segments, int64_t tokens,
                                        int64_t heads, int64_t kv_heads, int64_t head_dim, float scale) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(q), MEMO_POINTER(k), MEMO_POINTER(v), MEMO_POINTER(out), MEMO_POINTER(dout),
                            MEMO_POINTER(lse), MEMO_POINTER(delta), MEMO_POINTER(dq), MEMO_POINTER(dk),
                            MEMO_POINTER(dv), MEMO_POINTER(segment_offsets)});
    memo::require_shape({tokens, heads, kv_heads, head_dim});
    memo::require_at_least(MEMO_COUNT(q_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(k_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(v_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(out_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dq_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dk_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dv_stride), kv_heads * head_dim);
    memo::require_segments(segment_offsets, num_segments, tokens);
    memo::kernels().MEMO_TYPED(attention_backward)(q, q_stride, k, k_stride, v, v_stride, out, dout, out_stride, lse,
                                                   delta, dq, dq_stride, dk, dk_stride, dv, dv_stride, segment_offsets,
                                                   num_segments, tokens, heads, kv_heads, head_dim, scale);
  });
}

int MEMO_TYPED(memo_attention_delta)(const memo::Element *out, const memo::Element *dout, int64_t out_stride,
                                     float *delta, int64_t tokens, int64_t heads, int64_t head_dim) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(out), MEMO_POINTER(dout), MEMO_POINTER(delta)});
    memo::require_shape({tokens, heads, 1, head_dim});
    memo::require_at_least(MEMO_COUNT(out_stride), heads * head_dim);
    memo::require_matrix(MEMO_COUNT(tokens), MEMO_COUNT(out_stride));
    memo::kernels().MEMO_TYPED(attention_delta)(out, dout, out_stride, delta, tokens, heads, head_dim);
  });
}

int MEMO_TYPED(memo_ring_attention_forward)(const memo::Element *q, int64_t q_stride, const memo::Element *k,
                                            int64_t k_stride, const memo::Element *v, int64_t v_stride, float *out,
                                            int64_t out_stride, float *lse, int first, const int64_t *segment_offsets,
                                            int64_t num_segments, int64_t chunk_tokens, int64_t places,
                                            int64_t query_place, int64_t key_place, int64_t heads, int64_t kv_heads,
                                            int64_t head_dim, float scale) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(q), MEMO_POINTER(k), MEMO_POINTER(v), MEMO_POINTER(out), MEMO_POINTER(lse),
                            MEMO_POINTER(segment_offsets)});
    const int64_t sequence = memo::require_ring(MEMO_COUNT(chunk_tokens), MEMO_COUNT(places),
                                                MEMO_COUNT(query_place), MEMO_COUNT(key_place));
    memo::require_shape({2 * chunk_tokens, heads, kv_heads, head_dim});
    memo::require_at_least(MEMO_COUNT(q_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(k_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(v_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(out_stride), heads * head_dim);
    memo::require_segments(segment_offsets, num_segments, sequence);
    memo::kernels().MEMO_TYPED(ring_attention_forward)(q, q_stride, k, k_stride, v, v_stride, out, out_stride, lse,
                                                       first, segment_offsets, num_segments, chunk_tokens, places,
                                                       query_place, key_place, heads, kv_heads, head_dim, scale);
  });
}

int MEMO_TYPED(memo_ring_attention_backward)(const memo::Element *q, int64_t q_stride, const memo::Element *k,
                                             int64_t k_stride, const memo::Element *v, int64_t v_stride,
                                             const memo::Element *dout, int64_t dout_stride, const float *lse,
                                             const float *delta, float *dq, int64_t dq_stride, float *dk,
                                             int64_t dk_stride, float *dv, int64_t dv_stride,
                                             const int64_t *segment_offsets, int64_t num_segments,
                                             int64_t chunk_tokens, int64_t places, int64_t query_place,
                                             int64_t key_place, int64_t heads, int64_t kv_heads, int64_t head_dim,
                                             float scale) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(q), MEMO_POINTER(k), MEMO_POINTER(v), MEMO_POINTER(dout), MEMO_POINTER(lse),
                            MEMO_POINTER(delta), MEMO_POINTER(dq), MEMO_POINTER(dk), MEMO_POINTER(dv),
                            MEMO_POINTER(segment_offsets)});
    const int64_t sequence = memo::require_ring(MEMO_COUNT(chunk_tokens), MEMO_COUNT(places),
                                                MEMO_COUNT(query_place), MEMO_COUNT(key_place));
    memo::require_shape({2 * chunk_tokens, heads, kv_heads, head_dim});
    memo::require_at_least(MEMO_COUNT(q_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(k_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(v_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dout_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dq_stride), heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dk_stride), kv_heads * head_dim);
    memo::require_at_least(MEMO_COUNT(dv_stride), kv_heads * head_dim);
    memo::require_segments(segment_offsets, num_segments, sequence);
    memo::kernels().MEMO_TYPED(ring_attention_backward)(q, q_stride, k, k_stride, v, v_stride, dout, dout_stride, lse,
                                                        delta, dq, dq_stride, dk, dk_stride, dv, dv_stride,
                                                        segment_offsets, num_segments, chunk_tokens, places,
                                                        query_place, key_place, heads, kv_heads, head_dim, scale);
  });
}
