// The ABI functions: checks of arguments, and the passes in order.
#include <math.h>

#include "../cuda/device.h"
#include "flash_abi.h"
#include "kernels.h"

namespace memo::flash {
namespace {

using cuda::check;

// How a call names its arguments in errors.
struct NamedRows {
  const char *name;
  const char *stride_name;
  Rows rows;
  bool of_queries;  // of H heads, else of K
};
#define MEMO_ROWS(name, stride, of_queries) \
  NamedRows { #name, #stride, {const_cast<void *>(static_cast<const void *>(name)), stride}, of_queries }

struct Counts {
  int type;
  int64_t num_segments;
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  float scale;
};

void require_at_most(NamedCount count, int64_t maximum) {
  if (count.value > maximum) {
    throw Failure(MEMO_INVALID_ARGUMENT, "%s=%lld, must be at most %lld", count.name,
                  static_cast<long long>(count.value), static_cast<long long>(maximum));
  }
}

Shape checked_shape(const Counts &c) {
  cuda::require_type(c.type);
  require_at_least({"tokens", c.tokens}, 0);
  require_at_most({"tokens", c.tokens}, MEMO_FLASH_MAX_TOKENS);
  require_at_least({"heads", c.heads}, 1);
  require_at_least({"kv_heads", c.kv_heads}, 1);
  require_matrix({"heads", c.heads}, {"head_dim", c.head_dim});
  require_at_most({"head_dim", c.head_dim}, MEMO_FLASH_MAX_HEAD_DIM);
  if (c.heads % c.kv_heads != 0) {
    throw Failure(MEMO_INVALID_ARGUMENT, "heads=%lld, must be a multiple of kv_heads=%lld",
                  static_cast<long long>(c.heads), static_cast<long long>(c.kv_heads));
  }
  require_matrix({"tokens", c.tokens}, {"heads", c.heads});
  require_at_least({"num_segments", c.num_segments}, c.tokens > 0 ? 1 : 0);
  if (!(c.scale >= 0.0f) || isinf(c.scale)) {
    throw Failure(MEMO_INVALID_ARGUMENT, "scale=%g, must be at least 0 and finite", static_cast<double>(c.scale));
  }
  return {c.tokens, c.heads, c.kv_heads, static_cast<int>(c.head_dim)};
}

void require_rows(const Shape &shape, std::initializer_list<NamedRows> all) {
  for (const NamedRows &named : all) {
    require_pointers({{named.name, named.rows.data}});
    const int64_t heads = named.of_queries ? shape.heads : shape.kv_heads;
    require_at_least({named.stride_name, named.rows.stride}, heads * shape.head_dim);
    require_matrix({"tokens", shape.tokens}, {named.stride_name, named.rows.stride});
  }
}

void forward(int type, const Forward &p, const memo_cuda_queue *queue) {
  const cudaStream_t stream = cuda::stream_of(queue);
  check(check_segments(p.segments, p.shape.tokens, MEMO_CUDA_KERNEL_ATTENTION_FORWARD, cuda::verdict_of(queue),
                       queue->fault, stream),
        "launch of check_segments");
  check(type == MEMO_BF16 ? forward_bf16(p, stream) : forward_f32(p, stream), "launch of attention_forward");
}

void backward(int type, const Backward &p, const memo_cuda_queue *queue) {
  const cudaStream_t stream = cuda::stream_of(queue);
  const bool bf16 = type == MEMO_BF16;
  check(check_segments(p.segments, p.shape.tokens, MEMO_CUDA_KERNEL_ATTENTION_BACKWARD, cuda::verdict_of(queue),
                       queue->fault, stream),
        "launch of check_segments");
  check(bf16 ? backward_delta_bf16(p, stream) : backward_delta_f32(p, stream), "launch of attention_backward_delta");
  check(bf16 ? backward_keys_bf16(p, stream) : backward_keys_f32(p, stream), "launch of attention_backward_keys");
  check(bf16 ? backward_queries_bf16(p, stream) : backward_queries_f32(p, stream),
        "launch of attention_backward_queries");
}

void delta(int type, const Backward &p, const memo_cuda_queue *queue) {
  const cudaStream_t stream = cuda::stream_of(queue);
  check(type == MEMO_BF16 ? backward_delta_bf16(p, stream) : backward_delta_f32(p, stream),
        "launch of attention_delta");
}

// How a call says which block of ring attention it is.
struct RingCounts {
  int64_t chunk_tokens;
  int64_t places;
  int64_t query_place;
  int64_t key_place;
};

void require_place(NamedCount place, int64_t places) {
  require_at_least(place, 0);
  if (place.value >= places) {
    throw Failure(MEMO_INVALID_ARGUMENT, "%s=%lld, must be less than places=%lld", place.name,
                  static_cast<long long>(place.value), static_cast<long long>(places));
  }
}

RingBlock checked_block(const RingCounts &c) {
  require_at_least({"chunk_tokens", c.chunk_tokens}, 1);
  require_at_least({"places", c.places}, 1);
  require_at_most({"places", c.places}, MEMO_FLASH_MAX_TOKENS / 2);
  require_at_most({"chunk_tokens", c.chunk_tokens}, MEMO_FLASH_MAX_TOKENS / (2 * c.places));
  require_place({"query_place", c.query_place}, c.places);
  require_place({"key_place", c.key_place}, c.places);
  const auto chunks = [&](int64_t place) {
    return TwoChunks{c.chunk_tokens, place * c.chunk_tokens, (2 * c.places - 1 - place) * c.chunk_tokens};
  };
  return {chunks(c.query_place), chunks(c.key_place)};
}

void check_ring_segments(const Segments &segments, const RingCounts &c, int32_t kernel, const memo_cuda_queue *queue) {
  check(check_segments(segments, 2 * c.places * c.chunk_tokens, kernel, cuda::verdict_of(queue), queue->fault,
                       cuda::stream_of(queue)),
        "launch of check_segments");
}

void ring_forward(int type, const RingForward &p, const memo_cuda_queue *queue) {
  const cudaStream_t stream = cuda::stream_of(queue);
  check(type == MEMO_BF16 ? ring_forward_bf16(p, stream) : ring_forward_f32(p, stream),
        "launch of ring_attention_forward");
}

void ring_backward(int type, const RingBackward &p, const memo_cuda_queue *queue) {
  const cudaStream_t stream = cuda::stream_of(queue);
  const bool bf16 = type == MEMO_BF16;
  check(bf16 ? ring_backward_keys_bf16(p, stream) : ring_backward_keys_f32(p, stream),
        "launch of ring_attention_backward_keys");
  check(bf16 ? ring_backward_queries_bf16(p, stream) : ring_backward_queries_f32(p, stream),
        "launch of ring_attention_backward_queries");
}

}  // namespace
}  // namespace memo::flash

using namespace memo;
using namespace memo::flash;

int memo_flash_version(void) { return MEMO_FLASH_VERSION; }

const char *memo_flash_last_error(void) { return last_error(); }

int memo_flash_attention_forward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                 const void *v, int64_t v_stride, void *out, int64_t out_stride, float *lse,
                                 const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                                 int64_t kv_heads, int64_t head_dim, float scale, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    const Shape shape = checked_shape({type, num_segments, tokens, heads, kv_heads, head_dim, scale});
    const NamedRows rows[] = {MEMO_ROWS(q, q_stride, true), MEMO_ROWS(k, k_stride, false),
                              MEMO_ROWS(v, v_stride, false), MEMO_ROWS(out, out_stride, true)};
    require_rows(shape, {rows[0], rows[1], rows[2], rows[3]});
    require_pointers({MEMO_POINTER(lse), MEMO_POINTER(segment_offsets)});
    cuda::require_queue(queue);
    forward(type,
            {rows[0].rows, rows[1].rows, rows[2].rows, rows[3].rows, lse, {segment_offsets, num_segments}, shape,
             scale, cuda::verdict_of(queue)},
            queue);
  });
}

int memo_flash_attention_backward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                  const void *v, int64_t v_stride, const void *out, const void *dout,
                                  int64_t out_stride, const float *lse, float *delta, void *dq, int64_t dq_stride,
                                  void *dk, int64_t dk_stride, void *dv, int64_t dv_stride,
                                  const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                                  int64_t kv_heads, int64_t head_dim, float scale, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    const Shape shape = checked_shape({type, num_segments, tokens, heads, kv_heads, head_dim, scale});
    const NamedRows in[] = {MEMO_ROWS(q, q_stride, true), MEMO_ROWS(k, k_stride, false), MEMO_ROWS(v, v_stride, false),
                            MEMO_ROWS(out, out_stride, true), MEMO_ROWS(dout, out_stride, true)};
    const NamedRows result[] = {MEMO_ROWS(dq, dq_stride, true), MEMO_ROWS(dk, dk_stride, false),
                                MEMO_ROWS(dv, dv_stride, false)};
    require_rows(shape, {in[0], in[1], in[2], in[3], in[4], result[0], result[1], result[2]});
    require_pointers({MEMO_POINTER(lse), MEMO_POINTER(delta), MEMO_POINTER(segment_offsets)});
    cuda::require_queue(queue);
    backward(type,
             {in[0].rows, in[1].rows, in[2].rows, in[3].rows, in[4].rows, lse, delta, result[0].rows, result[1].rows,
              result[2].rows, {segment_offsets, num_segments}, shape, scale, cuda::verdict_of(queue)},
             queue);
  });
}

int memo_flash_attention_delta(int type, const void *out, const void *dout, int64_t out_stride, float *delta,
                               int64_t tokens, int64_t heads, int64_t head_dim, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    Backward p{};
    p.shape = checked_shape({type, 1, tokens, heads, heads, head_dim, 1.0f});
    const NamedRows rows[] = {MEMO_ROWS(out, out_stride, true), MEMO_ROWS(dout, out_stride, true)};
    require_rows(p.shape, {rows[0], rows[1]});
    require_pointers({MEMO_POINTER(delta)});
    cuda::require_queue(queue);
    p.out = rows[0].rows;
    p.dout = rows[1].rows;
    p.delta = delta;
    flash::delta(type, p, queue);
  });
}

int memo_flash_ring_attention_forward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                      const void *v, int64_t v_stride, float *out, int64_t out_stride, float *lse,
                                      const int64_t *segment_offsets, int64_t num_segments, int64_t chunk_tokens,
                                      int64_t places, int64_t query_place, int64_t key_place, int64_t heads,
                                      int64_t kv_heads, int64_t head_dim, float scale, int first,
                                      const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    const RingCounts counts = {chunk_tokens, places, query_place, key_place};
    const RingBlock block = checked_block(counts);
    const Shape shape = checked_shape({type, num_segments, 2 * chunk_tokens, heads, kv_heads, head_dim, scale});
    const NamedRows rows[] = {MEMO_ROWS(q, q_stride, true), MEMO_ROWS(k, k_stride, false),
                              MEMO_ROWS(v, v_stride, false), MEMO_ROWS(out, out_stride, true)};
    require_rows(shape, {rows[0], rows[1], rows[2], rows[3]});
    require_pointers({MEMO_POINTER(lse), MEMO_POINTER(segment_offsets)});
    cuda::require_queue(queue);
    const Segments segments = {segment_offsets, num_segments};
    check_ring_segments(segments, counts, MEMO_CUDA_KERNEL_RING_ATTENTION_FORWARD, queue);
    ring_forward(type,
                 {{rows[0].rows, rows[1].rows, rows[2].rows, rows[3].rows, lse, segments, shape, scale,
                   cuda::verdict_of(queue)},
                  block,
                  first != 0},
                 queue);
  });
}

int memo_flash_ring_attention_backward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                       const void *v, int64_t v_stride, const void *dout, int64_t dout_stride,
                                       const float *lse, const float *delta, float *dq, int64_t dq_stride, float *dk,
                                       int64_t dk_stride, float *dv, int64_t dv_stride, const int64_t *segment_offsets,
                                       int64_t num_segments, int64_t chunk_tokens, int64_t places,
                                       int64_t query_place, int64_t key_place, int64_t heads, int64_t kv_heads,
                                       int64_t head_dim, float scale, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    const RingCounts counts = {chunk_tokens, places, query_place, key_place};
    const RingBlock block = checked_block(counts);
    const Shape shape = checked_shape({type, num_segments, 2 * chunk_tokens, heads, kv_heads, head_dim, scale});
    const NamedRows in[] = {MEMO_ROWS(q, q_stride, true), MEMO_ROWS(k, k_stride, false), MEMO_ROWS(v, v_stride, false),
                            MEMO_ROWS(dout, dout_stride, true)};
    const NamedRows result[] = {MEMO_ROWS(dq, dq_stride, true), MEMO_ROWS(dk, dk_stride, false),
                                MEMO_ROWS(dv, dv_stride, false)};
    require_rows(shape, {in[0], in[1], in[2], in[3], result[0], result[1], result[2]});
    require_pointers({MEMO_POINTER(lse), MEMO_POINTER(delta), MEMO_POINTER(segment_offsets)});
    cuda::require_queue(queue);
    const Segments segments = {segment_offsets, num_segments};
    check_ring_segments(segments, counts, MEMO_CUDA_KERNEL_RING_ATTENTION_BACKWARD, queue);
    ring_backward(type,
                  {{in[0].rows, in[1].rows, in[2].rows, {}, in[3].rows, lse, const_cast<float *>(delta),
                    result[0].rows, result[1].rows, result[2].rows, segments, shape, scale, cuda::verdict_of(queue)},
                   block},
                  queue);
  });
}
