// Attention's forward pass on tensor cores (Dao, 2023: FlashAttention-2).
//
// A block of threads has a block of query rows of one head and goes over the blocks of keys that they see; a warp has
// whole rows, so that the softmax needs no other warp. The probabilities never leave the registers: scores as the
// product leaves them are, rounded, the left operand of the product with the values. While one product runs, the
// operand of the other is on its way into shared memory.
#include "kernels.h"
#include "launch_all.cuh"
#include "softmax.cuh"

namespace memo::flash {
namespace {

template <int kDim_, int kWarps_, int kRowTiles_, int kKeys_, bool kAligned_>
struct Tiling {
  static constexpr bool kAligned = kAligned_;
  static constexpr int kDim = kDim_;
  static constexpr int kThreads = 32 * kWarps_;
  static constexpr int kRowTiles = kRowTiles_;  // of a warp, 16 rows each
  static constexpr int kWarpRows = 16 * kRowTiles;
  static constexpr int kRows = kWarps_ * kWarpRows;
  static constexpr int kKeys = kKeys_;
  using Queries = Tile<kRows, kDim>;
  using Keys = Tile<kKeys, kDim>;
  using FillQueries = Filler<Queries, kThreads, kAligned>;
  using FillKeys = Filler<Keys, kThreads, kAligned>;
  static constexpr int kTileBytes = Queries::kBytes + 2 * Keys::kBytes;
};

// A warp's rows of the result.
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void finish(const Forward &p, int64_t head, int64_t warp_row, int64_t end,
                                       const Softmax<kRowTiles> &softmax, const float (&out)[kRowTiles][kTiles][4]) {
  write_rows(p.out, head, out, warp_row, end, p.shape.head_dim,
             [&](int t, int half) { return 1.0f / softmax.sum[t][half]; });
#pragma unroll
  for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int64_t row = warp_row + lane_row(t, half);
      if (threadIdx.x % 4 == 0 && row < end) p.lse[head * p.shape.tokens + row] = softmax.log_sum_exp(t, half);
    }
  }
}
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void finish(const RingForward &p, int64_t head, int64_t warp_row, int64_t end,
                                       const Softmax<kRowTiles> &softmax, const float (&out)[kRowTiles][kTiles][4]) {
  update_rows(p.out, head, out, warp_row, end, p.shape.head_dim, [&](int t, int half) {
    const int64_t row = warp_row + lane_row(t, half);
    const Merged merged(p.first, lse_so_far<4>(p, head, row, row < end), softmax.sum[t][half],
                        softmax.log_sum_exp(t, half));
    if (threadIdx.x % 4 == 0 && row < end) p.lse[head * p.shape.tokens + row] = merged.lse;
    return merged.update;
  });
}

template <class T, class Problem>
__global__ void __launch_bounds__(T::kThreads) forward_kernel(Problem p, WorkOrder order, int64_t first_item) {
  MEMO_DYNAMIC_SHARED(shared);
  if (*p.refused != 0) return;
  using Keys = typename T::Keys;
  const typename T::Queries query_tile = {cuda::shared_address(shared)};
  const Keys key_tile = {query_tile.base + T::Queries::kBytes};
  const Keys value_tile = {key_tile.base + Keys::kBytes};
  using Block = RowBlockOf<T::kRows, Problem>;
  auto &block = *reinterpret_cast<Block *>(shared + T::kTileBytes);
  const QueryMask<T::kRows, Block> mask = {{block}};
  const int64_t tokens = p.shape.tokens;
  const int head_dim = p.shape.head_dim;

  block.take(order, first_item + blockIdx.x, p.queries(), p.keys());
  __syncthreads();
  if constexpr (Problem::kRing) {
    mask.prepare(p);
    __syncthreads();
    if (mask.sees_nothing()) {
      keep_rows(p, block);
      return;
    }
  }
  const int64_t end = p.queries().end(block.first_row);
  typename T::FillQueries(p.q, block.item.head, head_dim, block.first_row)
      .fill(query_tile, p.q.stride, head_dim, end - block.first_row);
  if constexpr (!Problem::kRing) mask.prepare(p);
  __syncthreads();
  int64_t first_key = mask.begin(0) / T::kKeys * T::kKeys;
  typename T::FillKeys values(p.v, block.item.kv_head, head_dim, first_key);
  typename T::FillKeys(p.k, block.item.kv_head, head_dim, first_key)
      .fill(key_tile, p.k.stride, head_dim, tokens - first_key);
  cuda::cp_async_commit();

  const int warp_row = static_cast<int>(threadIdx.x / 32) * T::kWarpRows;
  Softmax<T::kRowTiles> softmax(p.scale);
  Accumulator<T::kRowTiles, T::kDim> out;
  clear(out);
#pragma unroll 1
  while (true) {
    cuda::cp_async_wait<0>();
    __syncthreads();  // the keys are here, and all warps are done with the values
    values.fill(value_tile, p.v.stride, head_dim, tokens - first_key);
    cuda::cp_async_commit();
    Accumulator<T::kRowTiles, T::kKeys> scores;
    multiply_transposed(scores, rows_of_warp<T::kWarpRows>(query_tile), columns_by_8(key_tile));
    cuda::cp_async_wait<0>();
    __syncthreads();  // the values are here, and all warps are done with the keys
    const int64_t next_key = first_key + T::kKeys;
    const bool last = next_key >= smaller(mask.end(T::kRows - 1), tokens);
    if (!last) {
      typename T::FillKeys(p.k, block.item.kv_head, head_dim, next_key)
          .fill(key_tile, p.k.stride, head_dim, tokens - next_key);
      cuda::cp_async_commit();
    }
    if (mask.cuts(first_key, T::kKeys)) apply_mask(scores, mask, warp_row, first_key);
    softmax.add(scores, out);
    Operand<T::kRowTiles, T::kKeys> probabilities;
    round_to_operand(probabilities, scores);
    multiply_add(out, probabilities, rows_by_16(value_tile));
    if (last) break;
    first_key = next_key;
  }

  softmax.finish();
  finish(p, block.item.head, block.first_row + warp_row, p.queries().end(block.first_row), softmax, out);
}

template <class T, class Problem>
cudaError_t start(const Problem &p, cudaStream_t stream) {
  const WorkOrder order =
      work_order(p.shape, p.queries().blocks(T::kRows), 2 * p.shape.tokens * p.shape.head_dim * 2,
                 /* item_per_head= */ true, /* last_rows_first= */ true);
  const int shared_bytes = T::kTileBytes + static_cast<int>(sizeof(RowBlockOf<T::kRows, Problem>));
  return launch_all(forward_kernel<T, Problem>, order, T::kThreads, shared_bytes, stream, p);
}

template <int kDim, int kWarps, int kRowTiles, int kKeys, class Problem>
cudaError_t run(const Problem &p, cudaStream_t stream) {
  return in_chunks({p.q, p.k, p.v}, p.shape.head_dim)
             ? start<Tiling<kDim, kWarps, kRowTiles, kKeys, true>>(p, stream)
             : start<Tiling<kDim, kWarps, kRowTiles, kKeys, false>>(p, stream);
}

template <class Problem>
cudaError_t run_any(const Problem &p, cudaStream_t stream) {
  // Two blocks to a multiprocessor by registers and, but for 256, by the shared memory of an A100. 32 rows to a warp
  // halve what it reads of keys and values for each product.
  if (p.shape.head_dim <= 64) return run<64, 4, 2, 64>(p, stream);
  if (p.shape.head_dim <= 96) return run<96, 4, 2, 64>(p, stream);
  if (p.shape.head_dim <= 128) return run<128, 4, 2, 64>(p, stream);
  return run<256, 8, 1, 64>(p, stream);
}

}  // namespace

cudaError_t forward_bf16(const Forward &p, cudaStream_t stream) { return run_any(p, stream); }
cudaError_t ring_forward_bf16(const RingForward &p, cudaStream_t stream) { return run_any(p, stream); }

}  // namespace memo::flash
