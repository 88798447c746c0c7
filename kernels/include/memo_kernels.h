/*
 * Memo's CPU kernels: the C ABI of libmemo_host.so.
 *
 * Conventions
 *   - Every function that can fail returns MEMO_OK (0) or an error code; memo_last_error() then gives the text for
 *     the calling thread. No C++ exception crosses this boundary.
 *   - A kernel runs synchronously in the calling thread and the OpenMP team of that thread (memo_set_num_threads).
 *   - Every count, stride and size is int64_t, in elements unless the name ends in _bytes. Strides are between rows.
 *   - Every result is deterministic: the same inputs and the same number of threads give the same bits.
 *   - Letters: T tokens (rows), E hidden, H query heads, K key/value heads, D head dim, F ffn, V vocab.
 *   - The suffix names the storage type of activations and of the layers' weights: _f32, or _bf16, which computes and
 *     sums in f32 or wider all the same and rounds what it stores once, to the nearest and ties to even; a NaN stays
 *     one. Statistics, tables, gradients of parameters and the optimizer's states are f32 in both.
 *   - Gradients of parameters are accumulated (+=). Activation gradients are written, or accumulated where said.
 */
#ifndef MEMO_KERNELS_H
#define MEMO_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMO_KERNELS_VERSION 4

#define MEMO_OK 0
#define MEMO_INVALID_ARGUMENT 1
#define MEMO_OUT_OF_MEMORY 2
#define MEMO_UNSUPPORTED 3

/* A number in bf16: the upper half of an f32. */
typedef uint16_t memo_bf16;

/* ---- library ---- */

/* MEMO_KERNELS_VERSION of the library that was loaded. */
int memo_version(void);

/* The text of the calling thread's last error, "" when there was none; valid until the thread's next failing call. */
const char *memo_last_error(void);

/* The instruction set in use: "avx512", "avx2" or "portable". The best that the processor has, unless the
   environment variable MEMO_ISA names one when the library is loaded. */
const char *memo_isa(void);

/* Switches to the named instruction set for the whole process; for tests. MEMO_UNSUPPORTED where the processor lacks it. */
int memo_use_isa(const char *name);

/* The number of OpenMP threads that later calls from the calling thread use, 1 or more. */
int memo_set_num_threads(int num_threads);

/* How often kernels have grown their internal scratch memory, over all threads since the library was loaded. */
int64_t memo_scratch_allocations(void);

/* ---- memory ---- */

/* Reserves zeroed, page-aligned memory that takes physical pages when first touched (huge pages where possible). */
int memo_reserve(int64_t size_bytes, void **address);

int memo_release(void *address, int64_t size_bytes);

/* Copies with the calling thread only, past the caches where the size is large. The ranges must not overlap. */
int memo_copy(void *destination, const void *source, int64_t size_bytes);

/* Copies a matrix, bit by bit, with all threads. Rows must not overlap. */
int memo_copy_columns(const void *source, int64_t source_stride_bytes, void *target, int64_t target_stride_bytes,
                      int64_t rows, int64_t row_bytes);

/* Fills with zero bytes, with all threads. */
int memo_zero(void *destination, int64_t size_bytes);

/* ---- norms: x [T, E], weight [E], bias [E] ---- */

/* y = x / sqrt(mean(x^2) + epsilon) * weight */
int memo_rms_norm_forward_f32(const float *x, const float *weight, float *y, int64_t rows, int64_t cols, float epsilon);
int memo_rms_norm_forward_bf16(const memo_bf16 *x, const memo_bf16 *weight, memo_bf16 *y, int64_t rows, int64_t cols,
                               float epsilon);

/* dx += gradient through the norm; dweight += ... The statistics are computed again from x. */
int memo_rms_norm_backward_f32(const float *x, const float *weight, const float *dy, float *dx, float *dweight,
                               int64_t rows, int64_t cols, float epsilon);
int memo_rms_norm_backward_bf16(const memo_bf16 *x, const memo_bf16 *weight, const memo_bf16 *dy, memo_bf16 *dx,
                                float *dweight, int64_t rows, int64_t cols, float epsilon);

/* y = (x - mean(x)) / sqrt(var(x) + epsilon) * weight + bias, var without Bessel's correction */
int memo_layer_norm_forward_f32(const float *x, const float *weight, const float *bias, float *y, int64_t rows,
                                int64_t cols, float epsilon);
int memo_layer_norm_forward_bf16(const memo_bf16 *x, const memo_bf16 *weight, const memo_bf16 *bias, memo_bf16 *y,
                                 int64_t rows, int64_t cols, float epsilon);

/* dx += ..., dweight += ..., dbias += ... */
int memo_layer_norm_backward_f32(const float *x, const float *weight, const float *dy, float *dx, float *dweight,
                                 float *dbias, int64_t rows, int64_t cols, float epsilon);
int memo_layer_norm_backward_bf16(const memo_bf16 *x, const memo_bf16 *weight, const memo_bf16 *dy, memo_bf16 *dx,
                                  float *dweight, float *dbias, int64_t rows, int64_t cols, float epsilon);

/* ---- element-wise ---- */

/* y[t, c] += bias[c] */
int memo_bias_forward_f32(float *y, const float *bias, int64_t rows, int64_t cols);
int memo_bias_forward_bf16(memo_bf16 *y, const memo_bf16 *bias, int64_t rows, int64_t cols);

/* dbias[c] += sum over t of dy[t, c] */
int memo_bias_backward_f32(const float *dy, float *dbias, int64_t rows, int64_t cols);
int memo_bias_backward_bf16(const memo_bf16 *dy, float *dbias, int64_t rows, int64_t cols);

/* y += x, n elements */
int memo_residual_add_f32(float *y, const float *x, int64_t n);
int memo_residual_add_bf16(memo_bf16 *y, const memo_bf16 *x, int64_t n);

/* gate_up [T, 2F]: the gates in the first F columns, the ups in the last; act [T, F] = silu(gate) * up */
int memo_swiglu_forward_f32(const float *gate_up, float *act, int64_t rows, int64_t ffn);
int memo_swiglu_forward_bf16(const memo_bf16 *gate_up, memo_bf16 *act, int64_t rows, int64_t ffn);

/* In place both ways: gate_up becomes its gradient, and dact (the gradient of act on entry) becomes act again, which
   the weight gradient of the down projection needs. */
int memo_swiglu_backward_f32(float *gate_up, float *dact, int64_t rows, int64_t ffn);
int memo_swiglu_backward_bf16(memo_bf16 *gate_up, memo_bf16 *dact, int64_t rows, int64_t ffn);

/* act = 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), n elements */
int memo_gelu_forward_f32(const float *x, float *act, int64_t n);
int memo_gelu_forward_bf16(const memo_bf16 *x, memo_bf16 *act, int64_t n);

/* In place both ways, as memo_swiglu_backward_f32: x becomes its gradient, dact becomes act. */
int memo_gelu_backward_f32(float *x, float *dact, int64_t n);
int memo_gelu_backward_bf16(memo_bf16 *x, memo_bf16 *dact, int64_t n);

/* ---- rotary position embedding (the halves convention of Hugging Face: element d pairs with d + D/2) ---- */

/* cosines and sines [rows, D/2]: of the f32 product positions[row] * inverse_frequency[d], each correctly rounded. */
int memo_rotary_table_f32(const float *inverse_frequency, const int32_t *positions, float *cosines, float *sines,
                          int64_t rows, int64_t half_dim);

/* Rotates heads [T, heads, D] in place; rows are row_stride apart, a row's heads lie side by side.
   inverse != 0 rotates back, which is the gradient. positions[t] < the table's rows. */
int memo_rotary_f32(float *x, int64_t row_stride, const int32_t *positions, const float *cosines, const float *sines,
                    int64_t rows, int64_t heads, int64_t head_dim, int inverse);
int memo_rotary_bf16(memo_bf16 *x, int64_t row_stride, const int32_t *positions, const float *cosines,
                     const float *sines, int64_t rows, int64_t heads, int64_t head_dim, int inverse);

/* ---- embedding: table [V, E] ---- */

/* accumulate == 0: y[t] = table[ids[t]]; else y[t] += table[ids[t]] (learned positions) */
int memo_embedding_forward_f32(const float *table, const int32_t *ids, float *y, int64_t rows, int64_t cols,
                               int64_t table_rows, int accumulate);
int memo_embedding_forward_bf16(const memo_bf16 *table, const int32_t *ids, memo_bf16 *y, int64_t rows, int64_t cols,
                                int64_t table_rows, int accumulate);

/* dtable[ids[t]] += dy[t], in the order of t, but for ids[t] == skipped_id (the padding token, which is not trained
   through the embedding); a negative skipped_id skips none */
int memo_embedding_backward_f32(const float *dy, const int32_t *ids, float *dtable, int64_t rows, int64_t cols,
                                int64_t table_rows, int64_t skipped_id);
int memo_embedding_backward_bf16(const memo_bf16 *dy, const int32_t *ids, float *dtable, int64_t rows, int64_t cols,
                                 int64_t table_rows, int64_t skipped_id);

/* ---- attention: causal, grouped-query, block-diagonal over segments ----
 * q [T, H, D], k and v [T, K, D], out [T, H, D]; rows of q, k, v are q_stride, k_stride, v_stride apart, of out
 * out_stride. Query head h reads key/value head h / (H / K). Token t attends to the tokens of its own segment up to t.
 * segment_offsets [num_segments + 1]: ascending, the first 0, the last T. 1 <= D <= 256.
 * lse [H, T]: log of the sum of exponentials of the scaled scores. Memory beyond the arguments is O(threads * D).
 */
int memo_attention_forward_f32(const float *q, int64_t q_stride, const float *k, int64_t k_stride, const float *v,
                               int64_t v_stride, float *out, int64_t out_stride, float *lse,
                               const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                               int64_t kv_heads, int64_t head_dim, float scale);
int memo_attention_forward_bf16(const memo_bf16 *q, int64_t q_stride, const memo_bf16 *k, int64_t k_stride,
                                const memo_bf16 *v, int64_t v_stride, memo_bf16 *out, int64_t out_stride, float *lse,
                                const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                                int64_t kv_heads, int64_t head_dim, float scale);

/* dq, dk, dv are written, with strides dq_stride, dk_stride, dv_stride; dout and out have out_stride.
   delta [H, T] is scratch: the row sums of dout * out. */
int memo_attention_backward_f32(const float *q, int64_t q_stride, const float *k, int64_t k_stride, const float *v,
                                int64_t v_stride, const float *out, const float *dout, int64_t out_stride,
                                const float *lse, float *delta, float *dq, int64_t dq_stride, float *dk,
                                int64_t dk_stride, float *dv, int64_t dv_stride, const int64_t *segment_offsets,
                                int64_t num_segments, int64_t tokens, int64_t heads, int64_t kv_heads, int64_t head_dim,
                                float scale);
int memo_attention_backward_bf16(const memo_bf16 *q, int64_t q_stride, const memo_bf16 *k, int64_t k_stride,
                                 const memo_bf16 *v, int64_t v_stride, const memo_bf16 *out, const memo_bf16 *dout,
                                 int64_t out_stride, const float *lse, float *delta, memo_bf16 *dq, int64_t dq_stride,
                                 memo_bf16 *dk, int64_t dk_stride, memo_bf16 *dv, int64_t dv_stride,
                                 const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t heads,
                                 int64_t kv_heads, int64_t head_dim, float scale);

/* delta [H, T]: the row sums of dout * out, for each head; rows of both are out_stride apart. */
int memo_attention_delta_f32(const float *out, const float *dout, int64_t out_stride, float *delta, int64_t tokens,
                             int64_t heads, int64_t head_dim);
int memo_attention_delta_bf16(const memo_bf16 *out, const memo_bf16 *dout, int64_t out_stride, float *delta,
                              int64_t tokens, int64_t heads, int64_t head_dim);

/* ---- ring attention: the same attention, of the queries of one place to the keys of one place ----
 * A sequence of 2 R c tokens is cut into 2 R chunks of c. Each of R places holds two, one behind the other: place g the
 * chunks g and 2 R - 1 - g. So T is 2 c here, R `places` and c `chunk_tokens`; queries are of `query_place`, keys and
 * values of `key_place`. segment_offsets are of the whole sequence, the last 2 R c. Sums over blocks are f32.
 */

/* first == 0: out and lse, of the keys of other places so far, become those with these keys too; else they are written.
   Of a query that has seen no key, out is 0 and lse -infinity. */
int memo_ring_attention_forward_f32(const float *q, int64_t q_stride, const float *k, int64_t k_stride, const float *v,
                                    int64_t v_stride, float *out, int64_t out_stride, float *lse, int first,
                                    const int64_t *segment_offsets, int64_t num_segments, int64_t chunk_tokens,
                                    int64_t places, int64_t query_place, int64_t key_place, int64_t heads,
                                    int64_t kv_heads, int64_t head_dim, float scale);
int memo_ring_attention_forward_bf16(const memo_bf16 *q, int64_t q_stride, const memo_bf16 *k, int64_t k_stride,
                                     const memo_bf16 *v, int64_t v_stride, float *out, int64_t out_stride, float *lse,
                                     int first, const int64_t *segment_offsets, int64_t num_segments,
                                     int64_t chunk_tokens, int64_t places, int64_t query_place, int64_t key_place,
                                     int64_t heads, int64_t kv_heads, int64_t head_dim, float scale);

/* dq, dk, dv += what these keys make of them, with lse over all keys and delta as memo_attention_delta_f32 gives it.
   Where lse is -infinity, a query adds nothing. */
int memo_ring_attention_backward_f32(const float *q, int64_t q_stride, const float *k, int64_t k_stride, const float *v,
                                     int64_t v_stride, const float *dout, int64_t dout_stride, const float *lse,
                                     const float *delta, float *dq, int64_t dq_stride, float *dk, int64_t dk_stride,
                                     float *dv, int64_t dv_stride, const int64_t *segment_offsets,
                                     int64_t num_segments, int64_t chunk_tokens, int64_t places, int64_t query_place,
                                     int64_t key_place, int64_t heads, int64_t kv_heads, int64_t head_dim,
                                     float scale);
int memo_ring_attention_backward_bf16(const memo_bf16 *q, int64_t q_stride, const memo_bf16 *k, int64_t k_stride,
                                      const memo_bf16 *v, int64_t v_stride, const memo_bf16 *dout, int64_t dout_stride,
                                      const float *lse, const float *delta, float *dq, int64_t dq_stride, float *dk,
                                      int64_t dk_stride, float *dv, int64_t dv_stride, const int64_t *segment_offsets,
                                      int64_t num_segments, int64_t chunk_tokens, int64_t places, int64_t query_place,
                                      int64_t key_place, int64_t heads, int64_t kv_heads, int64_t head_dim,
                                      float scale);

/* ---- loss ---- */

/* logits [T, V] become their gradient: scale * (softmax(logits) - onehot(target)); a negative target does not count
   and its row becomes zero. *loss_sum += the sum of the counted tokens' losses, unscaled, in the order of tokens. */
int memo_cross_entropy_f32(float *logits, const int32_t *targets, double *loss_sum, int64_t rows, int64_t vocab,
                           float scale);
int memo_cross_entropy_bf16(memo_bf16 *logits, const int32_t *targets, double *loss_sum, int64_t rows, int64_t vocab,
                            float scale);

/* ---- optimizer ---- */

/* *sum += the sum of x[i]^2 in f64, in an order that does not depend on the number of threads */
int memo_sum_of_squares_f32(const float *x, int64_t n, double *sum);

/* One AdamW step in PyTorch's order of operations, with g = gradient * gradient_scale:
     w -= lr * weight_decay * w;  m += (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g^2
     w -= (lr / bias_correction1) * m / (sqrt(v) / sqrt(bias_correction2) + epsilon)
   and the gradient is set to zero for the next step, while it is in the cache. The numbers are f64, so that factors
   such as 1 - beta2 are rounded once. */
int memo_adamw_f32(float *w, float *m, float *v, float *gradient, int64_t n, double gradient_scale, double lr,
                   double beta1, double beta2, double epsilon, double weight_decay, double bias_correction1,
                   double bias_correction2);

/* The same, and weights = w rounded: the copy that the layers use in mixed precision. */
int memo_adamw_bf16(float *w, float *m, float *v, float *gradient, memo_bf16 *weights, int64_t n,
                    double gradient_scale, double lr, double beta1, double beta2, double epsilon, double weight_decay,
                    double bias_correction1, double bias_correction2);

/* ---- conversion: matrices [rows, cols] whose rows are source_stride and target_stride apart ---- */

/* target = source rounded, subnormal numbers as others are */
int memo_cast_bf16(const float *source, int64_t source_stride, memo_bf16 *target, int64_t target_stride, int64_t rows,
                   int64_t cols);

/* target = source, exactly */
int memo_widen_bf16(const memo_bf16 *source, int64_t source_stride, float *target, int64_t target_stride,
                    int64_t rows, int64_t cols);

#ifdef __cplusplus
}
#endif

#endif /* MEMO_KERNELS_H */
