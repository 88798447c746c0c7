// Attention's forward pass in f32: as on tensor cores, with plain products.
#include "f32_tile.cuh"

namespace memo::flash {
namespace {

using Scores = F32Tile<kF32Rows>;

__device__ __forceinline__ float largest_of_row(float x) {
#pragma unroll
  for (int step = 1; step < kF32Lanes; step *= 2) x = fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, step));
  return x;
}

__device__ __forceinline__ float sum_of_row(float x) {
#pragma unroll
  for (int step = 1; step < kF32Lanes; step *= 2) x += __shfl_xor_sync(0xFFFFFFFFu, x, step);
  return x;
}

// A lane's part of the result: `largest` of its row's scaled scores, in powers of two, and the sum of their
// exponentials.
template <int kDim>
__device__ __forceinline__ void finish(const Forward &p, const RowBlock<kF32Rows> &block, int64_t end,
                                       float largest, float sum, const F32Sums<kDim> &out) {
  out.write(p.out, block.item.head, p.shape.head_dim, block.first_row, end, 1.0f / sum);
  const int64_t row = block.first_row + f32_row();
  if (f32_lane() == 0 && row < end) {
    p.lse[block.item.head * p.shape.tokens + row] = (largest + log2f(sum)) * kLn2;
  }
}
template <int kDim>
__device__ __forceinline__ void finish(const RingForward &p, const RowBlock<kF32Rows> &block, int64_t end,
                                       float largest, float sum, const F32Sums<kDim> &out) {
  const int64_t row = block.first_row + f32_row();
  const Merged merged(p.first, lse_so_far<kF32Lanes>(p, block.item.head, row, row < end), sum,
                      (largest + log2f(sum)) * kLn2);
  out.write(p.out, block.item.head, p.shape.head_dim, block.first_row, end, merged.update);
  if (f32_lane() == 0 && row < end) p.lse[block.item.head * p.shape.tokens + row] = merged.lse;
}

template <int kDim, class Problem>
__global__ void __launch_bounds__(kF32Threads, 1) forward_kernel(Problem p, WorkOrder order, int64_t first_item) {
  MEMO_DYNAMIC_SHARED(shared);
  if (*p.refused != 0) return;
  using Matrix = F32Tile<kDim>;
  const Matrix queries = {reinterpret_cast<float *>(shared)};
  const Matrix keys = {reinterpret_cast<float *>(shared + Matrix::kBytes)};
  const Matrix values = {reinterpret_cast<float *>(shared + 2 * Matrix::kBytes)};
  const Scores probabilities = {reinterpret_cast<float *>(shared + 3 * Matrix::kBytes)};
  using Block = RowBlockOf<kF32Rows, Problem>;
  auto &block = *reinterpret_cast<Block *>(shared + 3 * Matrix::kBytes + Scores::kBytes);
  const QueryMask<kF32Rows, Block> mask = {{block}};
  const int64_t tokens = p.shape.tokens;
  const int head_dim = p.shape.head_dim;

  block.take(order, first_item + blockIdx.x, p.queries(), p.keys());
  __syncthreads();
  const int64_t end_of_rows = p.queries().end(block.first_row);
  queries.fill(p.q, block.item.head, head_dim, block.first_row, end_of_rows);
  mask.prepare(p);
  __syncthreads();
  if constexpr (Problem::kRing) {
    if (mask.sees_nothing()) {
      keep_rows(p, block);
      return;
    }
  }
  const float scale_log2 = p.scale * kLog2E;
  float largest = -INFINITY;  // score of the row so far
  float sum = 0.0f;           // of the lane's columns
  F32Sums<kDim> out;
  const int64_t end = smaller(mask.end(kF32Rows - 1), tokens);
  for (int64_t first_key = mask.begin(0); first_key < end; first_key += kF32Rows) {
    __syncthreads();
    keys.fill(p.k, block.item.kv_head, head_dim, first_key, tokens);
    values.fill(p.v, block.item.kv_head, head_dim, first_key, tokens);
    __syncthreads();
    float scores[kF32Scores];
    multiply_transposed(scores, queries, keys);
    float now = largest;
#pragma unroll
    for (int j = 0; j < kF32Scores; j++) {
      if (!sees(mask, first_key + f32_column(j))) scores[j] = -INFINITY;
      now = fmaxf(now, scores[j]);
    }
    now = largest_of_row(now);
    const float reference = now == -INFINITY ? 0.0f : now * scale_log2;
    const float factor = exp2f(largest * scale_log2 - reference);
    largest = now;
    sum *= factor;
    out.scale(factor);
#pragma unroll
    for (int j = 0; j < kF32Scores; j++) {
      const float probability = exp2f(fmaf(scores[j], scale_log2, -reference));
      sum += probability;
      probabilities.row(f32_row())[f32_column(j)] = probability;
    }
    out.multiply_add(probabilities, values);
  }
  sum = sum_of_row(sum);
  finish(p, block, end_of_rows, largest * scale_log2, sum, out);
}

template <int kDim, class Problem>
cudaError_t run(const Problem &p, cudaStream_t stream) {
  const WorkOrder order =
      work_order(p.shape, p.queries().blocks(kF32Rows), 2 * p.shape.tokens * p.shape.head_dim * 4,
                 /* item_per_head= */ true, /* last_rows_first= */ true);
  const int shared_bytes =
      3 * F32Tile<kDim>::kBytes + Scores::kBytes + static_cast<int>(sizeof(RowBlockOf<kF32Rows, Problem>));
  return launch_all(forward_kernel<kDim, Problem>, order, kF32Threads, shared_bytes, stream, p);
}

template <class Problem>
cudaError_t run_any(const Problem &p, cudaStream_t stream) {
  if (p.shape.head_dim <= 32) return run<32>(p, stream);
  if (p.shape.head_dim <= 64) return run<64>(p, stream);
  if (p.shape.head_dim <= 128) return run<128>(p, stream);
  return run<256>(p, stream);
}

}  // namespace

cudaError_t forward_f32(const Forward &p, cudaStream_t stream) { return run_any(p, stream); }
cudaError_t ring_forward_f32(const RingForward &p, cudaStream_t stream) { return run_any(p, stream); }

}  // namespace memo::flash
