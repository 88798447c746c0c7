// Attention's backward pass in f32: as on tensor cores, with plain products.
#include "f32_tile.cuh"

namespace memo::flash {
namespace {

using Scores = F32Tile<kF32Rows>;

// The four blocks of rows of q, k, v and dout, a block of scores, and the rows' bounds.
template <int kDim, class Problem>
struct Shared {
  using Block = RowBlockOf<kF32Rows, Problem>;
  using Matrix = F32Tile<kDim>;
  static constexpr int kBytes = 4 * Matrix::kBytes + Scores::kBytes + static_cast<int>(sizeof(Block));

  Matrix queries, douts, keys, values;
  Scores scores;
  Block &block;

  __device__ explicit Shared(unsigned char *shared)
      : queries{reinterpret_cast<float *>(shared)},
        douts{reinterpret_cast<float *>(shared + Matrix::kBytes)},
        keys{reinterpret_cast<float *>(shared + 2 * Matrix::kBytes)},
        values{reinterpret_cast<float *>(shared + 3 * Matrix::kBytes)},
        scores{reinterpret_cast<float *>(shared + 4 * Matrix::kBytes)},
        block(*reinterpret_cast<Block *>(shared + 4 * Matrix::kBytes + Scores::kBytes)) {}

  __device__ void fill_keys(const Backward &p, int64_t first_key, int64_t end) const {
    keys.fill(p.k, block.item.kv_head, p.shape.head_dim, first_key, end);
    values.fill(p.v, block.item.kv_head, p.shape.head_dim, first_key, end);
  }
  __device__ void fill_queries(const Backward &p, int64_t head, int64_t first_query, int64_t end) const {
    queries.fill(p.q, head, p.shape.head_dim, first_query, end);
    douts.fill(p.dout, head, p.shape.head_dim, first_query, end);
  }
};

// What a gradient becomes: its sums times a factor, or what it was and those.
__device__ __forceinline__ float put(const Backward &, float factor) { return factor; }
__device__ __forceinline__ Update put(const RingBackward &, float factor) { return added(factor); }

template <class Problem>
__device__ __forceinline__ float exact_probability(const Problem &p, float score, int64_t head, int64_t query) {
  return exp2f(fmaf(score, p.scale * kLog2E, -lse_log2_of(p, p.lse[head * p.shape.tokens + query])));
}

// dq of 32 queries, over the keys that they see.
template <int kDim, class Problem>
__global__ void __launch_bounds__(kF32Threads, 1) queries_kernel(Problem p, WorkOrder order, int64_t first_item) {
  MEMO_DYNAMIC_SHARED(memory);
  if (*p.refused != 0) return;
  using Block = RowBlockOf<kF32Rows, Problem>;
  const Shared<kDim, Problem> shared(memory);
  Block &block = shared.block;
  const QueryMask<kF32Rows, Block> mask = {{block}};
  const int64_t tokens = p.shape.tokens;
  block.take(order, first_item + blockIdx.x, p.queries(), p.keys());
  __syncthreads();
  const int64_t end_of_rows = p.queries().end(block.first_row);
  const int64_t head = block.item.head;
  const int64_t query = block.first_row + f32_row();
  shared.fill_queries(p, head, block.first_row, end_of_rows);
  mask.prepare(p);
  __syncthreads();
  if constexpr (Problem::kRing) {
    if (mask.sees_nothing()) return;
  }
  const float delta = query < end_of_rows ? p.delta[head * tokens + query] : 0.0f;
  F32Sums<kDim> dq;
  const int64_t end = smaller(mask.end(kF32Rows - 1), tokens);
  for (int64_t first_key = mask.begin(0); first_key < end; first_key += kF32Rows) {
    __syncthreads();
    shared.fill_keys(p, first_key, tokens);
    __syncthreads();
    float scores[kF32Scores];
    float dprobabilities[kF32Scores];
    multiply_transposed(scores, shared.queries, shared.keys);
    multiply_transposed(dprobabilities, shared.douts, shared.values);
#pragma unroll
    for (int j = 0; j < kF32Scores; j++) {
      const bool seen = query < end_of_rows && sees(mask, first_key + f32_column(j));
      const float probability = seen ? exact_probability(p, scores[j], head, query) : 0.0f;
      shared.scores.row(f32_row())[f32_column(j)] = seen ? probability * (dprobabilities[j] - delta) : 0.0f;
    }
    dq.multiply_add(shared.scores, shared.keys);
  }
  dq.write(p.dq, head, p.shape.head_dim, block.first_row, end_of_rows, put(p, p.scale));
}

// dk and dv of 32 keys, over the queries of all heads of the group that see them.
template <int kDim, class Problem>
__global__ void __launch_bounds__(kF32Threads, 1) keys_kernel(Problem p, WorkOrder order, int64_t first_item) {
  MEMO_DYNAMIC_SHARED(memory);
  if (*p.refused != 0) return;
  using Block = RowBlockOf<kF32Rows, Problem>;
  const Shared<kDim, Problem> shared(memory);
  Block &block = shared.block;
  const KeyMask<kF32Rows, Block> mask = {{block}};
  const int64_t tokens = p.shape.tokens;
  block.take(order, first_item + blockIdx.x, p.keys(), p.queries());
  __syncthreads();
  const int64_t end_of_rows = p.keys().end(block.first_row);
  shared.fill_keys(p, block.first_row, end_of_rows);
  mask.prepare(p);
  __syncthreads();
  if constexpr (Problem::kRing) {
    if (mask.sees_nothing()) return;
  }
  F32Sums<kDim> dk;
  F32Sums<kDim> dv;
  const int64_t end = mask.end(kF32Rows - 1);
  for (int64_t head = block.item.head; head < block.item.head + order.heads_per_kv_head; head++) {
    for (int64_t first_query = mask.begin(0); first_query < end; first_query += kF32Rows) {
      __syncthreads();
      shared.fill_queries(p, head, first_query, tokens);
      __syncthreads();
      float probabilities[kF32Scores];
      float dprobabilities[kF32Scores];
      multiply_transposed(probabilities, shared.keys, shared.queries);
      multiply_transposed(dprobabilities, shared.values, shared.douts);
#pragma unroll
      for (int j = 0; j < kF32Scores; j++) {
        const int64_t query = first_query + f32_column(j);
        const bool seen = sees(mask, query);
        probabilities[j] = seen ? exact_probability(p, probabilities[j], head, query) : 0.0f;
        dprobabilities[j] =
            seen ? probabilities[j] * (dprobabilities[j] - p.delta[head * tokens + query]) : 0.0f;
        shared.scores.row(f32_row())[f32_column(j)] = probabilities[j];
      }
      dv.multiply_add(shared.scores, shared.douts);
#pragma unroll
      for (int j = 0; j < kF32Scores; j++) shared.scores.row(f32_row())[f32_column(j)] = dprobabilities[j];
      dk.multiply_add(shared.scores, shared.queries);
    }
  }
  dk.write(p.dk, block.item.kv_head, p.shape.head_dim, block.first_row, end_of_rows, put(p, p.scale));
  dv.write(p.dv, block.item.kv_head, p.shape.head_dim, block.first_row, end_of_rows, put(p, 1.0f));
}

template <int kDim, class Problem>
cudaError_t run_queries(const Problem &p, cudaStream_t stream) {
  const WorkOrder order =
      work_order(p.shape, p.queries().blocks(kF32Rows), 2 * p.shape.tokens * p.shape.head_dim * 4,
                 /* item_per_head= */ true, /* last_rows_first= */ true);
  return launch_all(queries_kernel<kDim, Problem>, order, kF32Threads, Shared<kDim, Problem>::kBytes, stream, p);
}

template <int kDim, class Problem>
cudaError_t run_keys(const Problem &p, cudaStream_t stream) {
  const int64_t group = p.shape.heads / p.shape.kv_heads;
  const WorkOrder order =
      work_order(p.shape, p.keys().blocks(kF32Rows), 2 * group * p.shape.tokens * p.shape.head_dim * 4,
                 /* item_per_head= */ false, /* last_rows_first= */ false);
  return launch_all(keys_kernel<kDim, Problem>, order, kF32Threads, Shared<kDim, Problem>::kBytes, stream, p);
}

template <class Problem>
cudaError_t run_any_queries(const Problem &p, cudaStream_t stream) {
  if (p.shape.head_dim <= 32) return run_queries<32>(p, stream);
  if (p.shape.head_dim <= 64) return run_queries<64>(p, stream);
  if (p.shape.head_dim <= 128) return run_queries<128>(p, stream);
  return run_queries<256>(p, stream);
}

template <class Problem>
cudaError_t run_any_keys(const Problem &p, cudaStream_t stream) {
  if (p.shape.head_dim <= 32) return run_keys<32>(p, stream);
  if (p.shape.head_dim <= 64) return run_keys<64>(p, stream);
  if (p.shape.head_dim <= 128) return run_keys<128>(p, stream);
  return run_keys<256>(p, stream);
}

}  // namespace

cudaError_t backward_queries_f32(const Backward &p, cudaStream_t stream) { return run_any_queries(p, stream); }
cudaError_t ring_backward_queries_f32(const RingBackward &p, cudaStream_t stream) { return run_any_queries(p, stream); }
cudaError_t backward_keys_f32(const Backward &p, cudaStream_t stream) { return run_any_keys(p, stream); }
cudaError_t ring_backward_keys_f32(const RingBackward &p, cudaStream_t stream) { return run_any_keys(p, stream); }

}  // namespace memo::flash
