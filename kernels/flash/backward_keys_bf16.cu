// The gradients of keys and values on tensor cores: a block of threads has a block of keys of one key/value head and
// goes over the blocks of queries that see them, of all its query heads, so that both sums stay in registers from
// beginning to end. All products are of transposed scores, whose rows are keys; thus they are left operands as they
// leave the products:
//   scores^T = k q^T, p^T = exp(scale * scores^T - lse), dv += p^T dout
//   dp^T = v dout^T, ds^T = p^T * (dp^T - delta), dk += scale * ds^T q
#include "exponentials.cuh"
#include "kernels.h"
#include "launch_all.cuh"

namespace memo::flash {
namespace {

// With kDv and kDk, what a kernel computes: both, or one of them where registers do not hold both.
template <int kDim_, int kWarps_, int kRowTiles_, int kQueries_, bool kDv_, bool kDk_, bool kAligned_>
struct Tiling {
  static constexpr bool kAligned = kAligned_;
  static constexpr int kDim = kDim_;
  static constexpr int kThreads = 32 * kWarps_;
  static constexpr int kBlocks = kDim <= 64 ? 2 : 1;  // of a multiprocessor
  static constexpr int kRowTiles = kRowTiles_;  // of a warp, 16 keys each
  static constexpr int kWarpRows = 16 * kRowTiles;
  static constexpr int kRows = kWarps_ * kWarpRows;
  static constexpr int kQueries = kQueries_;
  static constexpr bool kDv = kDv_;
  static constexpr bool kDk = kDk_;
  using Keys = Tile<kRows, kDim>;
  using Queries = Tile<kQueries, kDim>;
  using FillQueries = Filler<Queries, kThreads, kAligned>;
  using FillKeys = Filler<Keys, kThreads, kAligned>;
  static constexpr int kKeyBytes = (kDk ? 2 : 1) * Keys::kBytes;
  // A stage: a block of queries and of dout, and their lse and delta.
  static constexpr int kStageBytes = 2 * Queries::kBytes + 2 * kQueries * 4;
  static constexpr int kTileBytes = kKeyBytes + 2 * kStageBytes;
};

template <class T>
__device__ __forceinline__ void fill_stage(SharedAddress stage, const Backward &p, int64_t head, int64_t first_query) {
  using Queries = typename T::Queries;
  const int64_t tokens = p.shape.tokens;
  const int head_dim = p.shape.head_dim;
  const int64_t there = tokens - first_query;
  typename T::FillQueries(p.q, head, head_dim, first_query).fill(Queries{stage}, p.q.stride, head_dim, there);
  typename T::FillQueries(p.dout, head, head_dim, first_query)
      .fill(Queries{stage + Queries::kBytes}, p.dout.stride, head_dim, there);
  static_assert(2 * T::kQueries <= T::kThreads, "a thread for each number");
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < 2 * T::kQueries) {
    const float *from = thread < T::kQueries ? p.lse : p.delta;
    const int query = thread % T::kQueries;
    cuda::cp_async_4(stage + 2 * Queries::kBytes + thread * 4, from + head * tokens + first_query + query,
                     query < there);
  }
}

// Transposed scores become probabilities.
template <int kRowTiles, int kTiles, class Problem>
__device__ __forceinline__ void to_probabilities(float (&scores)[kRowTiles][kTiles][4], const float *lse,
                                                 const Problem &p) {
#pragma unroll
  for (int n = 0; n < kTiles; n++) {
    const float2 of_columns = *reinterpret_cast<const float2 *>(lse + lane_column(n, 0));
    const float lse_log2[2] = {lse_log2_of(p, of_columns.x), lse_log2_of(p, of_columns.y)};
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int i = 0; i < 4; i++) scores[t][n][i] = probability_of(scores[t][n][i], p.scale, lse_log2[i % 2]);
    }
  }
}

// dscores = probabilities * (dprobabilities - delta), into the latter.
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void to_dscores(float (&dprobabilities)[kRowTiles][kTiles][4],
                                           const float (&probabilities)[kRowTiles][kTiles][4], const float *delta) {
#pragma unroll
  for (int n = 0; n < kTiles; n++) {
    const float2 of_columns = *reinterpret_cast<const float2 *>(delta + lane_column(n, 0));
#pragma unroll
    for (int t = 0; t < kRowTiles; t++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const float change = dprobabilities[t][n][i] - (i % 2 == 0 ? of_columns.x : of_columns.y);
        dprobabilities[t][n][i] = probabilities[t][n][i] * change;
      }
    }
  }
}

// A warp's rows of dk or dv.
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void finish(const Backward &, const Rows &to, int64_t head, int64_t warp_row, int64_t end,
                                       int head_dim, const float (&d)[kRowTiles][kTiles][4], float factor) {
  write_rows(to, head, d, warp_row, end, head_dim, [&](int, int) { return factor; });
}
template <int kRowTiles, int kTiles>
__device__ __forceinline__ void finish(const RingBackward &, const Rows &to, int64_t head, int64_t warp_row,
                                       int64_t end, int head_dim, const float (&d)[kRowTiles][kTiles][4],
                                       float factor) {
  update_rows(to, head, d, warp_row, end, head_dim, [&](int, int) { return added(factor); });
}

template <class T, class Problem>
__global__ void __launch_bounds__(T::kThreads, T::kBlocks)
    keys_kernel(Problem p, WorkOrder order, int64_t first_item) {
  MEMO_DYNAMIC_SHARED(shared);
  if (*p.refused != 0) return;
  using Keys = typename T::Keys;
  using Queries = typename T::Queries;
  const Keys key_tile = {cuda::shared_address(shared)};
  const Keys value_tile = {key_tile.base + Keys::kBytes};
  using Block = RowBlockOf<T::kRows, Problem>;
  auto &block = *reinterpret_cast<Block *>(shared + T::kTileBytes);
  const KeyMask<T::kRows, Block> mask = {{block}};
  const int64_t tokens = p.shape.tokens;
  const int head_dim = p.shape.head_dim;

  block.take(order, first_item + blockIdx.x, p.keys(), p.queries());
  __syncthreads();
  if constexpr (Problem::kRing) {
    mask.prepare(p);
    __syncthreads();
    if (mask.sees_nothing()) return;
  }
  const int64_t rows_there = p.keys().end(block.first_row) - block.first_row;
  typename T::FillKeys(p.k, block.item.kv_head, head_dim, block.first_row)
      .fill(key_tile, p.k.stride, head_dim, rows_there);
  if (T::kDk) {
    typename T::FillKeys(p.v, block.item.kv_head, head_dim, block.first_row)
        .fill(value_tile, p.v.stride, head_dim, rows_there);
  }
  if constexpr (!Problem::kRing) mask.prepare(p);
  int64_t head = block.item.head;
  int64_t first_query = mask.begin(0);
  int stage = 0;  // the offset of the one in use
  fill_stage<T>(key_tile.base + T::kKeyBytes, p, head, first_query);
  cuda::cp_async_commit();

  const int warp_row = static_cast<int>(threadIdx.x / 32) * T::kWarpRows;
  Accumulator<T::kRowTiles, T::kDim> dk;
  Accumulator<T::kRowTiles, T::kDim> dv;
  if (T::kDk) clear(dk);
  if (T::kDv) clear(dv);
#pragma unroll 1
  while (true) {
    cuda::cp_async_wait<0>();
    __syncthreads();  // the stage is here, and all warps are done with the other
    const int64_t this_query = first_query;
    first_query += T::kQueries;
    if (first_query >= smaller(mask.end(T::kRows - 1), tokens)) {  // on to the next head
      first_query = mask.begin(0);
      head++;
    }
    const bool last = head == block.item.head + order.heads_per_kv_head;
    if (!last) {
      fill_stage<T>(key_tile.base + T::kKeyBytes + (T::kStageBytes - stage), p, head, first_query);
      cuda::cp_async_commit();
    }
    const Queries query_tile = {key_tile.base + T::kKeyBytes + stage};
    const Queries dout_tile = {query_tile.base + Queries::kBytes};
    const float *lse = reinterpret_cast<const float *>(shared + T::kKeyBytes + stage + 2 * Queries::kBytes);
    Accumulator<T::kRowTiles, T::kQueries> scores;
    multiply_transposed(scores, rows_of_warp<T::kWarpRows>(key_tile), columns_by_8(query_tile));
    if (mask.cuts(this_query, T::kQueries)) apply_mask(scores, mask, warp_row, this_query);
    to_probabilities(scores, lse, p);
    Operand<T::kRowTiles, T::kQueries> rounded;
    if (T::kDv) {
      round_to_operand(rounded, scores);
      multiply_add(dv, rounded, rows_by_16(dout_tile));
    }
    if (T::kDk) {
      Accumulator<T::kRowTiles, T::kQueries> dscores;
      multiply_transposed(dscores, rows_of_warp<T::kWarpRows>(value_tile), columns_by_8(dout_tile));
      to_dscores(dscores, scores, lse + T::kQueries);
      round_to_operand(rounded, dscores);
      multiply_add(dk, rounded, rows_by_16(query_tile));
    }
    if (last) break;
    stage = T::kStageBytes - stage;
  }

  const int64_t row = block.first_row + warp_row;
  const int64_t end = p.keys().end(block.first_row);
  if (T::kDk) finish(p, p.dk, block.item.kv_head, row, end, head_dim, dk, p.scale);
  if (T::kDv) finish(p, p.dv, block.item.kv_head, row, end, head_dim, dv, 1.0f);
}

template <class T, class Problem>
cudaError_t start(const Problem &p, cudaStream_t stream) {
  const int64_t group = p.shape.heads / p.shape.kv_heads;
  const WorkOrder order =
      work_order(p.shape, p.keys().blocks(T::kRows), 2 * group * p.shape.tokens * p.shape.head_dim * 2,
                 /* item_per_head= */ false, /* last_rows_first= */ false);
  const int shared_bytes = T::kTileBytes + static_cast<int>(sizeof(RowBlockOf<T::kRows, Problem>));
  return launch_all(keys_kernel<T, Problem>, order, T::kThreads, shared_bytes, stream, p);
}

template <int kDim, int kWarps, int kRowTiles, int kQueries, bool kDv = true, bool kDk = true, class Problem>
cudaError_t run(const Problem &p, cudaStream_t stream) {
  return in_chunks({p.q, p.k, p.v, p.dout}, p.shape.head_dim)
             ? start<Tiling<kDim, kWarps, kRowTiles, kQueries, kDv, kDk, true>>(p, stream)
             : start<Tiling<kDim, kWarps, kRowTiles, kQueries, kDv, kDk, false>>(p, stream);
}

template <class Problem>
cudaError_t run_any(const Problem &p, cudaStream_t stream) {
  if (p.shape.head_dim <= 64) return run<64, 4, 2, 32>(p, stream);
  if (p.shape.head_dim <= 96) return run<96, 8, 1, 64>(p, stream);
  if (p.shape.head_dim <= 128) return run<128, 8, 1, 64>(p, stream);
  // Both sums of 256 columns exceed the registers: five products in two passes instead of four in one.
  const cudaError_t error = run<256, 4, 1, 32, true, false>(p, stream);
  return error != cudaSuccess ? error : run<256, 4, 1, 32, false, true>(p, stream);
}

}  // namespace

cudaError_t backward_keys_bf16(const Backward &p, cudaStream_t stream) { return run_any(p, stream); }
cudaError_t ring_backward_keys_bf16(const RingBackward &p, cudaStream_t stream) { return run_any(p, stream); }

}  // namespace memo::flash
