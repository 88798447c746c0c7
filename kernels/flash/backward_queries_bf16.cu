// The gradient of the queries on tensor cores: a block of threads has a block of query rows of one head and goes over
// the blocks of keys that they see, as the forward pass does. Three products a block of keys:
//   scores = q k^T, p = exp(scale * scores - lse), dp = dout v^T, ds = p * (dp - delta), dq += scale * ds k
#include "exponentials.cuh"
#include "kernels.h"
#include "launch_all.cuh"

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
  static constexpr int kTileBytes = 2 * Queries::kBytes + 2 * Keys::kBytes;
};

// A lane's rows of lse and delta; rows that are not there get no probability.
template <int kRowTiles>
struct RowStatistics {
  float lse_log2[kRowTiles][2];
  float delta[kRowTiles][2];

  template <class Problem>
  __device__ __forceinline__ RowStatistics(const Problem &p, int64_t head, int64_t warp_row, int64_t end) {
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        const int64_t token = warp_row + lane_row(t, half);
        const bool there = token < end;
        const int64_t at = head * p.shape.tokens + token;
        lse_log2[t][half] = there ? lse_log2_of(p, p.lse[at]) : INFINITY;
        delta[t][half] = there ? p.delta[at] : 0.0f;
      }
    }
  }
};

template <int kRowTiles, int kTiles>
__device__ __forceinline__ void finish(const Backward &p, int64_t head, int64_t warp_row, int64_t end,
                                       const float (&dq)[kRowTiles][kTiles][4]) {
  write_rows(p.dq, head, dq, warp_row, end, p.shape.head_dim, [&](int, int) { return p.scale; });
}
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void finish(const RingBackward &p, int64_t head, int64_t warp_row, int64_t end,
                                       const float (&dq)[kRowTiles][kTiles][4]) {
  update_rows(p.dq, head, dq, warp_row, end, p.shape.head_dim, [&](int, int) { return added(p.scale); });
}

template <class T, class Problem>
__global__ void __launch_bounds__(T::kThreads) queries_kernel(Problem p, WorkOrder order, int64_t first_item) {
  MEMO_DYNAMIC_SHARED(shared);
  if (*p.refused != 0) return;
  using Queries = typename T::Queries;
  using Keys = typename T::Keys;
  const Queries query_tile = {cuda::shared_address(shared)};
  const Queries dout_tile = {query_tile.base + Queries::kBytes};
  const Keys key_tile = {dout_tile.base + Queries::kBytes};
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
    if (mask.sees_nothing()) return;
  }
  const int64_t rows_there = p.queries().end(block.first_row) - block.first_row;
  typename T::FillQueries(p.q, block.item.head, head_dim, block.first_row)
      .fill(query_tile, p.q.stride, head_dim, rows_there);
  typename T::FillQueries(p.dout, block.item.head, head_dim, block.first_row)
      .fill(dout_tile, p.dout.stride, head_dim, rows_there);
  if constexpr (!Problem::kRing) mask.prepare(p);
  __syncthreads();
  int64_t first_key = mask.begin(0) / T::kKeys * T::kKeys;
  typename T::FillKeys keys(p.k, block.item.kv_head, head_dim, first_key);
  typename T::FillKeys values(p.v, block.item.kv_head, head_dim, first_key);
  values.fill(value_tile, p.v.stride, head_dim, tokens - first_key);
  cuda::cp_async_commit();

  const int warp_row = static_cast<int>(threadIdx.x / 32) * T::kWarpRows;
  const RowStatistics<T::kRowTiles> statistics(p, block.item.head, block.first_row + warp_row,
                                               p.queries().end(block.first_row));
  Accumulator<T::kRowTiles, T::kDim> dq;
  clear(dq);
#pragma unroll 1
  while (true) {
    cuda::cp_async_wait<0>();
    __syncthreads();  // the values are here, and all warps are done with the keys
    keys.fill(key_tile, p.k.stride, head_dim, tokens - first_key);
    cuda::cp_async_commit();
    Accumulator<T::kRowTiles, T::kKeys> dscores;
    multiply_transposed(dscores, rows_of_warp<T::kWarpRows>(dout_tile), columns_by_8(value_tile));
    cuda::cp_async_wait<0>();
    __syncthreads();  // the keys are here, and all warps are done with the values
    const int64_t next_key = first_key + T::kKeys;
    const bool last = next_key >= smaller(mask.end(T::kRows - 1), tokens);
    if (!last) {
      values.fill(value_tile, p.v.stride, head_dim, tokens - next_key);
      cuda::cp_async_commit();
    }
    Accumulator<T::kRowTiles, T::kKeys> scores;
    multiply_transposed(scores, rows_of_warp<T::kWarpRows>(query_tile), columns_by_8(key_tile));
    if (mask.cuts(first_key, T::kKeys)) apply_mask(scores, mask, warp_row, first_key);
#pragma unroll
    for (int t = 0; t < T::kRowTiles; t++) {
#pragma unroll
      for (int n = 0; n < T::kKeys / 8; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          const float probability = probability_of(scores[t][n][i], p.scale, statistics.lse_log2[t][i / 2]);
          dscores[t][n][i] = probability * (dscores[t][n][i] - statistics.delta[t][i / 2]);
        }
      }
    }
    Operand<T::kRowTiles, T::kKeys> rounded;
    round_to_operand(rounded, dscores);
    multiply_add(dq, rounded, rows_by_16(key_tile));
    if (last) break;
    first_key = next_key;
  }
  finish(p, block.item.head, block.first_row + warp_row, p.queries().end(block.first_row), dq);
}

template <class T, class Problem>
cudaError_t start(const Problem &p, cudaStream_t stream) {
  const WorkOrder order =
      work_order(p.shape, p.queries().blocks(T::kRows), 2 * p.shape.tokens * p.shape.head_dim * 2,
                 /* item_per_head= */ true, /* last_rows_first= */ true);
  const int shared_bytes = T::kTileBytes + static_cast<int>(sizeof(RowBlockOf<T::kRows, Problem>));
  return launch_all(queries_kernel<T, Problem>, order, T::kThreads, shared_bytes, stream, p);
}

template <int kDim, int kWarps, int kRowTiles, int kKeys, class Problem>
cudaError_t run(const Problem &p, cudaStream_t stream) {
  return in_chunks({p.q, p.k, p.v, p.dout}, p.shape.head_dim)
             ? start<Tiling<kDim, kWarps, kRowTiles, kKeys, true>>(p, stream)
             : start<Tiling<kDim, kWarps, kRowTiles, kKeys, false>>(p, stream);
}

template <class Problem>
cudaError_t run_any(const Problem &p, cudaStream_t stream) {
  // dq, scores and dscores have at most 192 registers of a thread; 32 rows to a warp as in the forward pass.
  if (p.shape.head_dim <= 64) return run<64, 4, 2, 64>(p, stream);
  if (p.shape.head_dim <= 96) return run<96, 4, 2, 32>(p, stream);
  if (p.shape.head_dim <= 128) return run<128, 4, 2, 32>(p, stream);
  return run<256, 4, 1, 32>(p, stream);
}

}  // namespace

cudaError_t backward_queries_bf16(const Backward &p, cudaStream_t stream) { return run_any(p, stream); }
cudaError_t ring_backward_queries_bf16(const RingBackward &p, cudaStream_t stream) { return run_any(p, stream); }

}  // namespace memo::flash
