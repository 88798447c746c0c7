/*
 * Memo's own flash attention for NVIDIA GPUs (sm_80 and later): the C ABI of libmemo_flash.so.
 *
 * Conventions: those of memo_cuda.h. The first argument is the storage type (MEMO_F32 or MEMO_BF16) of q, k, v, out and
 * their gradients; lse and delta are f32, accumulation is in f32. The last argument is the queue that the kernels are
 * enqueued on; a call returns before they have run. Pointers are device memory, strides are in elements.
 * No call allocates, and none needs memory beyond its arguments but the first 256 bytes of the queue's workspace.
 * Deterministic: the same inputs give the same bits, in whatever order the blocks of a grid run.
 */
#ifndef MEMO_FLASH_H
#define MEMO_FLASH_H

#include "memo_cuda.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MEMO_FLASH_VERSION 1

/* The largest head dimension and the largest number of tokens of a call. */
#define MEMO_FLASH_MAX_HEAD_DIM 256
#define MEMO_FLASH_MAX_TOKENS (INT64_C(1) << 40)

/* MEMO_FLASH_VERSION of the library that was loaded. */
int memo_flash_version(void);

/* The text of the calling thread's last error, "" when there was none; valid until the thread's next failing call. */
const char *memo_flash_last_error(void);

/* ---- attention: causal, grouped-query, block-diagonal over segments ----
 * q [T, H, D], k and v [T, K, D], out [T, H, D]; rows of q, k, v are q_stride, k_stride, v_stride apart, of out
 * out_stride. Query head h reads key/value head h / (H / K). Token t attends to the tokens of its own segment up to t.
 * segment_offsets [num_segments + 1], in device memory: ascending, the first 0, the last T. Others are a fault
 * (MEMO_CUDA_FAULT_SEGMENTS at the lowest bad index, of MEMO_CUDA_KERNEL_ATTENTION_FORWARD or _BACKWARD), and nothing
 * is written. 1 <= D <= 256, T <= 2^40, scale >= 0.
 * lse [H, T]: log of the sum of exponentials of the scaled scores.
 * Fastest where each row of each head starts at a multiple of 16 bytes and D is 64, 128 or 256.
 */
int memo_flash_attention_forward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                 const void *v, int64_t v_stride, void *out, int64_t out_stride, float *lse,
                                 const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                                 int64_t kv_heads, int64_t head_dim, float scale, const memo_cuda_queue *queue);

/* dq, dk, dv are written, with strides dq_stride, dk_stride, dv_stride; dout and out have out_stride.
   delta [H, T] is scratch: the row sums of dout * out. */
int memo_flash_attention_backward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                  const void *v, int64_t v_stride, const void *out, const void *dout,
                                  int64_t out_stride, const float *lse, float *delta, void *dq, int64_t dq_stride,
                                  void *dk, int64_t dk_stride, void *dv, int64_t dv_stride,
                                  const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                                  int64_t kv_heads, int64_t head_dim, float scale, const memo_cuda_queue *queue);

/* delta [H, T] = the row sums of dout * out, for each head; rows are out_stride apart. */
int memo_flash_attention_delta(int type, const void *out, const void *dout, int64_t out_stride, float *delta,
                               int64_t tokens, int64_t heads, int64_t head_dim, const memo_cuda_queue *queue);

/* ---- ring attention: the queries of one of R = places by the keys and values of one of them ----
 * A sequence of 2 R c tokens is cut into 2 R chunks of c = chunk_tokens; place g has T = 2c rows: chunk g, then chunk
 * 2 R - 1 - g. Segments are of the whole sequence: the last of segment_offsets is 2 R c <= 2^40. A query attends to those
 * of the key place's tokens that are of its own segment and not behind it. Faults as above, of
 * MEMO_CUDA_KERNEL_RING_ATTENTION_FORWARD or _BACKWARD. q, k, v and dout are of the type, all results f32.
 */

/* out [T, H, D] and lse [H, T] are of all keys so far; where there were none (first != 0) they are not read. lse is
   -infinity, and out 0, of a query that has seen no key. */
int memo_flash_ring_attention_forward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                      const void *v, int64_t v_stride, float *out, int64_t out_stride, float *lse,
                                      const int64_t *segment_offsets, int64_t num_segments, int64_t chunk_tokens,
                                      int64_t places, int64_t query_place, int64_t key_place, int64_t heads,
                                      int64_t kv_heads, int64_t head_dim, float scale, int first,
                                      const memo_cuda_queue *queue);

/* dq, dk and dv are added to. lse is of all keys, -infinity of a query that adds nothing; delta as
   memo_flash_attention_delta gives it. */
int memo_flash_ring_attention_backward(int type, const void *q, int64_t q_stride, const void *k, int64_t k_stride,
                                       const void *v, int64_t v_stride, const void *dout, int64_t dout_stride,
                                       const float *lse, const float *delta, float *dq, int64_t dq_stride, float *dk,
                                       int64_t dk_stride, float *dv, int64_t dv_stride, const int64_t *segment_offsets,
                                       int64_t num_segments, int64_t chunk_tokens, int64_t places,
                                       int64_t query_place, int64_t key_place, int64_t heads, int64_t kv_heads,
                                       int64_t head_dim, float scale, const memo_cuda_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* MEMO_FLASH_H */
