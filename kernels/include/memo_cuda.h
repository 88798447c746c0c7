/*
 * Memo's CUDA kernels: the C ABI of libmemo_cuda.so. memo_flash.h, the ABI of libmemo_flash.so, builds upon it.
 *
 * Conventions
 *   - Every function that can fail returns MEMO_OK (0) or an error code; memo_cuda_last_error() then gives the text for
 *     the calling thread. No C++ exception crosses this boundary.
 *   - A function checks its arguments, enqueues its kernels on the queue's stream and returns; nothing synchronises and
 *     nothing is allocated. Pointers are device addresses of the current device, aligned to their elements: wider
 *     alignment is used where it is found. Buffers must not overlap, but where a function works in place.
 *   - `type` is the storage type of the arguments that are void pointers; what is computed in between is f32 or wider.
 *     Gradients of parameters, the optimizer's state and the rotary tables are always f32, sums over a step f64.
 *   - Every count, stride and size is int64_t, in elements unless the name ends in _bytes. Strides are between rows.
 *   - Every result is deterministic: the same inputs on the same model of card give the same bits.
 *   - Letters: T tokens (rows), E hidden, H query heads, K key/value heads, D head dim, F ffn, V vocab.
 *   - Gradients of parameters are accumulated (+=). Activation gradients are written, or accumulated where said.
 */
#ifndef MEMO_CUDA_H
#define MEMO_CUDA_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMO_CUDA_VERSION 1

/* Status codes; the first four are those of memo_kernels.h. */
#define MEMO_OK 0
#define MEMO_INVALID_ARGUMENT 1
#define MEMO_OUT_OF_MEMORY 2
#define MEMO_UNSUPPORTED 3
/* MEMO_CUDA_ERROR + e: the CUDA runtime answered cudaError_t e; an earlier kernel may be the cause. */
#define MEMO_CUDA_ERROR 1000

/* Storage types. */
#define MEMO_F32 0
#define MEMO_BF16 1

/* The least device scratch of a queue: 32 MiB. */
#define MEMO_CUDA_WORKSPACE_BYTES INT64_C(33554432)

/* Why a kernel refused its data. */
#define MEMO_CUDA_FAULT_NONE 0
#define MEMO_CUDA_FAULT_OUT_OF_RANGE 1 /* an id, target or position: `index` in the array has `value` */
#define MEMO_CUDA_FAULT_SEGMENTS 2     /* segment_offsets[index]=value is not ascending from 0 to T */

/* Whose data it was. */
#define MEMO_CUDA_KERNEL_ROTARY 1
#define MEMO_CUDA_KERNEL_EMBEDDING_FORWARD 2
#define MEMO_CUDA_KERNEL_EMBEDDING_BACKWARD 3
#define MEMO_CUDA_KERNEL_CROSS_ENTROPY 4
#define MEMO_CUDA_KERNEL_ATTENTION_FORWARD 5
#define MEMO_CUDA_KERNEL_ATTENTION_BACKWARD 6
#define MEMO_CUDA_KERNEL_RING_ATTENTION_FORWARD 7
#define MEMO_CUDA_KERNEL_RING_ATTENTION_BACKWARD 8

/* What a kernel says of bad data, in host memory mapped into the device (64 bytes, zero at first). The first fault stays
   until the host clears it; `code` is written last. An operation that faults changes nothing (rotary: no row whose
   position is bad). */
typedef struct memo_cuda_fault {
  int32_t code;
  int32_t kernel;
  int64_t index;
  int64_t value;
  int64_t reserved[5];
} memo_cuda_fault;

/* Where kernels run. The workspace is device memory, aligned to 256 bytes, that only this queue's kernels use, one after
   the other. `fault` is the device address of the mapped fault. */
typedef struct memo_cuda_queue {
  void *stream; /* cudaStream_t; NULL: the default stream */
  void *workspace;
  int64_t workspace_bytes;
  struct memo_cuda_fault *fault;
} memo_cuda_queue;

/* ---- library ---- */

/* MEMO_CUDA_VERSION of the library that was loaded. */
int memo_cuda_version(void);

/* The text of the calling thread's last error, "" when there was none; valid until the thread's next failing call. */
const char *memo_cuda_last_error(void);

/* ---- memory ---- */

/* Copies within the device. */
int memo_cuda_copy(void *destination, const void *source, int64_t size_bytes, const memo_cuda_queue *queue);

/* Fills with zero bytes. */
int memo_cuda_zero(void *destination, int64_t size_bytes, const memo_cuda_queue *queue);

/* destination[i] = source[i] rounded to the type, to the nearest and ties to even; n elements */
int memo_cuda_cast(int type, const float *source, void *destination, int64_t n, const memo_cuda_queue *queue);

/* target[t, c] = source[t, c], rounded to `type` as above where source_type, MEMO_F32 or `type`, differs. Rows are
   source_stride and target_stride apart, of which the columns between stay as they are. */
int memo_cuda_copy_columns(int type, int source_type, const void *source, int64_t source_stride, void *target,
                           int64_t target_stride, int64_t rows, int64_t cols, const memo_cuda_queue *queue);

/* ---- norms: x [T, E], weight [E], bias [E] ---- */

/* y = x / sqrt(mean(x^2) + epsilon) * weight */
int memo_cuda_rms_norm_forward(int type, const void *x, const void *weight, void *y, int64_t rows, int64_t cols,
                               float epsilon, const memo_cuda_queue *queue);

/* dx += gradient through the norm; dweight += ... The statistics are computed again from x. */
int memo_cuda_rms_norm_backward(int type, const void *x, const void *weight, const void *dy, void *dx, float *dweight,
                                int64_t rows, int64_t cols, float epsilon, const memo_cuda_queue *queue);

/* y = (x - mean(x)) / sqrt(var(x) + epsilon) * weight + bias, var without Bessel's correction */
int memo_cuda_layer_norm_forward(int type, const void *x, const void *weight, const void *bias, void *y, int64_t rows,
                                 int64_t cols, float epsilon, const memo_cuda_queue *queue);

/* dx += ..., dweight += ..., dbias += ... */
int memo_cuda_layer_norm_backward(int type, const void *x, const void *weight, const void *dy, void *dx, float *dweight,
                                  float *dbias, int64_t rows, int64_t cols, float epsilon,
                                  const memo_cuda_queue *queue);

/* ---- element-wise ---- */

/* y[t, c] += bias[c] */
int memo_cuda_bias_forward(int type, void *y, const void *bias, int64_t rows, int64_t cols,
                           const memo_cuda_queue *queue);

/* dbias[c] += sum over t of dy[t, c] */
int memo_cuda_bias_backward(int type, const void *dy, float *dbias, int64_t rows, int64_t cols,
                            const memo_cuda_queue *queue);

/* y += x, n elements */
int memo_cuda_residual_add(int type, void *y, const void *x, int64_t n, const memo_cuda_queue *queue);

/* gate_up [T, 2F]: the gates in the first F columns, the ups in the last; act [T, F] = silu(gate) * up */
int memo_cuda_swiglu_forward(int type, const void *gate_up, void *act, int64_t rows, int64_t ffn,
                             const memo_cuda_queue *queue);

/* In place both ways: gate_up becomes its gradient, and dact (the gradient of act on entry) becomes act again, which
   the weight gradient of the down projection needs. */
int memo_cuda_swiglu_backward(int type, void *gate_up, void *dact, int64_t rows, int64_t ffn,
                              const memo_cuda_queue *queue);

/* act = 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), n elements */
int memo_cuda_gelu_forward(int type, const void *x, void *act, int64_t n, const memo_cuda_queue *queue);

/* In place both ways, as memo_cuda_swiglu_backward: x becomes its gradient, dact becomes act. */
int memo_cuda_gelu_backward(int type, void *x, void *dact, int64_t n, const memo_cuda_queue *queue);

/* ---- rotary position embedding (the halves convention of Hugging Face: element d pairs with d + D/2) ---- */

/* cosines and sines [rows, D/2]: of the f32 product positions[row] * inverse_frequency[d], each correctly rounded. */
int memo_cuda_rotary_table(const float *inverse_frequency, const int32_t *positions, float *cosines, float *sines,
                           int64_t rows, int64_t half_dim, const memo_cuda_queue *queue);

/* Rotates heads [T, heads, D] in place; rows are row_stride apart, a row's heads lie side by side.
   inverse != 0 rotates back, which is the gradient. positions[t] < the table's rows, which is not checked; a row
   with a negative one faults and stays as it is. */
int memo_cuda_rotary(int type, void *x, int64_t row_stride, const int32_t *positions, const float *cosines,
                     const float *sines, int64_t rows, int64_t heads, int64_t head_dim, int inverse,
                     const memo_cuda_queue *queue);

/* ---- exchange of heads between ranks (Ulysses) ----
 * Rows of all heads [tokens, heads, D] against the rows of each of R ranks' heads [tokens, local_heads, D]. Those of rank
 * r begin at packed + r * packed_stride; those of own_rank at `own` instead, which nobody sends (own_rank == -1: of no
 * rank, and `own` is not used). whole_heads [R, local_heads], in host memory and read before the call returns: of which of
 * the heads a rank's head is a copy; -1: of none. All ranks go in one launch for each 256 local heads of all of them.
 */

/* From rows of all heads to each rank's; heads that are copies of none become zeros. */
int memo_cuda_pack_heads(int type, const void *rows, int64_t heads, void *packed, int64_t packed_stride,
                         int64_t own_rank, void *own, const int32_t *whole_heads, int64_t ranks, int64_t local_heads,
                         int64_t head_dim, int64_t tokens, const memo_cuda_queue *queue);

/* Back: a head becomes the sum of its copies, added in the order of the ranks and of their heads and rounded to the type
   each time. Copies of none are not read; heads without a copy stay as they are. */
int memo_cuda_unpack_heads(int type, const void *packed, int64_t packed_stride, int64_t own_rank, const void *own,
                           void *rows, int64_t heads, const int32_t *whole_heads, int64_t ranks, int64_t local_heads,
                           int64_t head_dim, int64_t tokens, const memo_cuda_queue *queue);

/* ---- segments of attention ---- */

/* Segments as a library of ragged batches takes them: where each begins, and how many tokens it has. segment_offsets
   [num_segments + 1] ascend from 0 to T = tokens; the rest of padded_segments are empty and begin at T.
     token_starts  [padded_segments + 1] = the segment's first token, then T
     qkv_starts    [padded_segments + 1] = the same times qkv_row: in elements of a matrix with rows of so many
     out_starts    [padded_segments + 1] = the same times out_row
     lengths       [padded_segments]     = tokens of the segment
   Faults on offsets, for `kernel`, MEMO_CUDA_KERNEL_ATTENTION_FORWARD or _BACKWARD; all segments are then empty and
   begin at 0. */
int memo_cuda_ragged_segments(const int64_t *segment_offsets, int64_t num_segments, int64_t tokens, int64_t qkv_row,
                              int64_t out_row, int64_t padded_segments, int64_t *token_starts, int64_t *qkv_starts,
                              int64_t *out_starts, int32_t *lengths, int kernel, const memo_cuda_queue *queue);

/* ---- embedding: table [V, E] ---- */

/* accumulate == 0: y[t] = table[ids[t]]; else y[t] += table[ids[t]] (learned positions). Faults on ids. */
int memo_cuda_embedding_forward(int type, const void *table, const int32_t *ids, void *y, int64_t rows, int64_t cols,
                                int64_t table_rows, int accumulate, const memo_cuda_queue *queue);

/* dtable[ids[t]] += dy[t], but for ids[t] == skipped_id (the padding token, which is not trained through the
   embedding); a negative skipped_id skips none. Tokens of one id are added in their order; many of them in parts, whose
   sums are added in order. Faults on ids. */
int memo_cuda_embedding_backward(int type, const void *dy, const int32_t *ids, float *dtable, int64_t rows,
                                 int64_t cols, int64_t table_rows, int64_t skipped_id, const memo_cuda_queue *queue);

/* ---- loss ---- */

/* logits [T, V] become their gradient: scale * (softmax(logits) - onehot(target)); a negative target does not count
   and its row becomes zero. *loss_sum (device memory) += the sum of the counted tokens' losses, unscaled, in a fixed
   order. Faults on targets of V and above. */
int memo_cuda_cross_entropy(int type, void *logits, const int32_t *targets, double *loss_sum, int64_t rows,
                            int64_t vocab, float scale, const memo_cuda_queue *queue);

/* ---- optimizer ---- */

/* *sum (device memory) += the sum of x[i]^2 in f64, in a fixed order */
int memo_cuda_sum_of_squares(const float *x, int64_t n, double *sum, const memo_cuda_queue *queue);

/* One AdamW step in PyTorch's order of operations, with g = gradient * gradient_scale:
     w -= lr * weight_decay * w;  m += (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g^2
     w -= (lr / bias_correction1) * m / (sqrt(v) / sqrt(bias_correction2) + epsilon)
   and the gradient is set to zero for the next step. The numbers are f64, so that factors such as 1 - beta2 are rounded
   once. `weights` [n] of the type, or NULL: receives w, rounded. */
int memo_cuda_adamw(int type, float *w, float *m, float *v, float *gradient, void *weights, int64_t n,
                    double gradient_scale, double lr, double beta1, double beta2, double epsilon, double weight_decay,
                    double bias_correction1, double bias_correction2, const memo_cuda_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* MEMO_CUDA_H */
