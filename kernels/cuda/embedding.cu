#include "embedding_sort.cuh"
#include "fault.cuh"
#include "rows.cuh"

namespace memo::cuda {

template <class T, bool kAccumulate>
struct EmbeddingForward : RowsOperation {
  const T *table;
  const int32_t *ids;
  T *y;
  int64_t cols;
  const int64_t *verdict;

  __device__ bool refused() const { return is_bad(verdict); }

  template <int W>
  struct Loaded {
    Pack<T, W> added, y;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t row, int64_t col) const {
    Loaded<W> loaded;
    loaded.added = memo::cuda::load<W>(table + ids[row] * cols + col);
    if constexpr (kAccumulate) loaded.y = memo::cuda::load<W>(y + row * cols + col);
    return loaded;
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t row, int64_t col) const {
    T *to = y + row * cols + col;
    if constexpr (kAccumulate) {
      Floats<W> sum = widen(loaded.y);
      const Floats<W> added = widen(loaded.added);
#pragma unroll
      for (int i = 0; i < W; i++) sum.v[i] += added.v[i];
      store_rounded(to, sum);
    } else {
      store(to, loaded.added);
    }
  }
};

namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kBlocks = 3;  // of a multiprocessor

// The tokens of a chunk by id, those of one id in their order. A run is the tokens of one id. It is summed in parts
// that end where the run ends or at a multiple of `part`: one warp would else walk all tokens of the most frequent id.
struct SortedTokens {
  const int32_t *ids;
  const int32_t *tokens;
  int64_t n;
  int64_t part;  // a multiple of 32
};

// The sum of the rows dy[tokens[i]], in their order, from i = begin to the end of the run of this id or to the limit.
template <class T, int W>
__device__ __forceinline__ Floats<W> sum_of_run(const SortedTokens &sorted, const T *dy, int64_t cols, int64_t col,
                                                int32_t id, int64_t begin, int64_t limit) {
  constexpr int kUnroll = 4;
  const int lane = static_cast<int>(threadIdx.x % 32);
  Floats<W> sum = {};
  for (int64_t at = begin; at < limit; at += 32) {
    const bool in_run = at + lane < limit && sorted.ids[at + lane] == id;
    const int32_t own_token = in_run ? sorted.tokens[at + lane] : 0;
    const unsigned run_lanes = __ballot_sync(kAllLanes, in_run);
    const int count = __popc(run_lanes);  // they are the first: equal ids lie side by side
    for (int first = 0; first < count; first += kUnroll) {
      Pack<T, W> loaded[kUnroll];
#pragma unroll
      for (int u = 0; u < kUnroll; u++) {
        const int64_t token = __shfl_sync(kAllLanes, own_token, first + u);
        if (first + u < count && col < cols) loaded[u] = load<W>(dy + token * cols + col);
      }
#pragma unroll
      for (int u = 0; u < kUnroll; u++) {
        if (first + u < count && col < cols) {
          const Floats<W> added = widen(loaded[u]);
#pragma unroll
          for (int i = 0; i < W; i++) sum.v[i] += added.v[i];
        }
      }
    }
    if (count < 32) break;
  }
  return sum;
}

// A warp takes 32 sorted tokens and 32 packs of columns: it sums the parts that begin there. The first part of a run is
// added to the table, which no other warp does for this id and these columns; the sum of a later one, which begins at a
// multiple of sorted.part, goes to the partial sum of that number.
template <class T, int W>
__global__ void __launch_bounds__(kThreads, kBlocks)
    sum_runs_kernel(SortedTokens sorted, const T *dy, float *dtable, float *partials, int64_t cols, int64_t slices,
                    int64_t units, int64_t skipped_id, const int64_t *verdict) {
  if (is_bad(verdict)) return;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int64_t warps = static_cast<int64_t>(gridDim.x) * kWarps;
  for (int64_t unit = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32; unit < units; unit += warps) {
    const int64_t group = unit / slices;
    const int64_t col = ((unit - group * slices) * 32 + lane) * W;
    const int64_t own = group * 32 + lane;
    const int32_t own_id = own < sorted.n ? sorted.ids[own] : -1;
    const bool continues = own > 0 && own < sorted.n && sorted.ids[own - 1] == own_id;
    const bool begins = own < sorted.n && own_id != skipped_id && (!continues || own % sorted.part == 0);
    const unsigned continuing_lanes = __ballot_sync(kAllLanes, continues);
    unsigned beginning_lanes = __ballot_sync(kAllLanes, begins);
    while (beginning_lanes != 0) {
      const int beginner = __ffs(static_cast<int>(beginning_lanes)) - 1;
      beginning_lanes &= beginning_lanes - 1;
      const int64_t begin = group * 32 + beginner;
      const int32_t id = __shfl_sync(kAllLanes, own_id, beginner);
      const int64_t next_part = (begin / sorted.part + 1) * sorted.part;
      const int64_t limit = next_part < sorted.n ? next_part : sorted.n;
      const Floats<W> sum = sum_of_run<T, W>(sorted, dy, cols, col, id, begin, limit);
      if (col >= cols) continue;
      if ((continuing_lanes >> beginner & 1) != 0) {
        store_floats(partials + begin / sorted.part * cols + col, sum);
      } else {
        float *to = dtable + id * cols + col;
        Floats<W> total = load_floats<W>(to);
#pragma unroll
        for (int i = 0; i < W; i++) total.v[i] += sum.v[i];
        store_floats(to, total);
      }
    }
  }
}

// blockIdx.x + 1 is the number of a part; the block of the first part that continues a run adds the partial sums of all
// that do, in their order.
__global__ void __launch_bounds__(kThreads)
    add_continued_runs_kernel(SortedTokens sorted, const float *partials, float *dtable, int64_t cols,
                              int64_t skipped_id, const int64_t *verdict) {
  if (is_bad(verdict)) return;
  const int64_t first = static_cast<int64_t>(blockIdx.x) + 1;
  const int64_t begin = first * sorted.part;
  const int32_t id = sorted.ids[begin];
  if (sorted.ids[begin - 1] != id || id == skipped_id) return;
  const int64_t before = begin - sorted.part;
  if (before > 0 && sorted.ids[before - 1] == id) return;  // the part before continues the run as well
  int64_t end = first + 1;
  while (end * sorted.part < sorted.n && sorted.ids[end * sorted.part] == id) end++;
  const int64_t stride = static_cast<int64_t>(gridDim.y) * kThreads;
  for (int64_t col = static_cast<int64_t>(blockIdx.y) * kThreads + threadIdx.x; col < cols; col += stride) {
    float sum = 0;
#pragma unroll 4
    for (int64_t part = first; part < end; part++) sum += partials[part * cols + col];
    dtable[id * cols + col] += sum;
  }
}

template <class T>
void backward_of_chunk(const T *dy, const int32_t *ids, float *dtable, int64_t rows, int64_t cols, int64_t table_rows,
                       int64_t skipped_id, const memo_cuda_queue *queue) {
  const EmbeddingScratch scratch(queue);
  SortedTokens sorted = {};
  sort_tokens(ids, rows, table_rows, scratch, &sorted.ids, &sorted.tokens, queue);
  sorted.n = rows;
  sorted.part = 64;
  while (sorted.part < rows && ceil_div(rows, sorted.part) * cols > scratch.num_partials) sorted.part *= 2;

  constexpr int W = kWide<T>;
  const bool is_wide = wide(dy, dtable) && cols % W == 0;
  const int64_t slices = ceil_div<int64_t>(cols, 32 * (is_wide ? W : 1));
  const int64_t units = ceil_div<int64_t>(rows, 32) * slices;
  const int64_t most = static_cast<int64_t>(multiprocessors()) * kBlocks;
  const int64_t blocks = ceil_div<int64_t>(units, kWarps);
  const auto kernel = is_wide ? sum_runs_kernel<T, W> : sum_runs_kernel<T, 1>;
  check(launch(kernel, static_cast<unsigned>(blocks < most ? blocks : most), kThreads, 0, stream_of(queue), sorted, dy,
               dtable, scratch.partials, cols, slices, units, skipped_id, verdict_of(queue)),
        "launch of sum_runs");
  const int64_t later_parts = ceil_div(rows, sorted.part) - 1;
  if (later_parts == 0) return;
  const int64_t col_blocks = ceil_div<int64_t>(cols, kThreads);
  const dim3 grid(static_cast<unsigned>(later_parts), static_cast<unsigned>(col_blocks < 256 ? col_blocks : 256));
  check(launch(add_continued_runs_kernel, grid, kThreads, 0, stream_of(queue), sorted, scratch.partials, dtable, cols,
               skipped_id, verdict_of(queue)),
        "launch of add_continued_runs");
}

template <class T, bool kAccumulate>
void forward(const void *table, const int32_t *ids, void *y, int64_t rows, int64_t cols, const memo_cuda_queue *queue) {
  const EmbeddingForward<T, kAccumulate> op{
      {}, static_cast<const T *>(table), ids, static_cast<T *>(y), cols, verdict_of(queue)};
  run_rows<kWide<T>, 4>(op, rows, cols, wide(table, y) && cols % kWide<T> == 0, queue);
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_embedding_forward(int type, const void *table, const int32_t *ids, void *y, int64_t rows, int64_t cols,
                                int64_t table_rows, int accumulate, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(table), MEMO_POINTER(ids), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_matrix(MEMO_COUNT(table_rows), MEMO_COUNT(cols));
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    check_ids(ids, rows, 0, table_rows, MEMO_CUDA_KERNEL_EMBEDDING_FORWARD, queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      (accumulate != 0 ? forward<T, true> : forward<T, false>)(table, ids, y, rows, cols, queue);
    });
  });
}

int memo_cuda_embedding_backward(int type, const void *dy, const int32_t *ids, float *dtable, int64_t rows,
                                 int64_t cols, int64_t table_rows, int64_t skipped_id, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(dy), MEMO_POINTER(ids), MEMO_POINTER(dtable)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_matrix(MEMO_COUNT(table_rows), MEMO_COUNT(cols));
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    check_ids(ids, rows, 0, table_rows, MEMO_CUDA_KERNEL_EMBEDDING_BACKWARD, queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      for (int64_t begin = 0; begin < rows; begin += kChunkTokens) {
        const int64_t chunk = rows - begin < kChunkTokens ? rows - begin : kChunkTokens;
        backward_of_chunk(static_cast<const T *>(dy) + begin * cols, ids + begin, dtable, chunk, cols, table_rows,
                          skipped_id, queue);
      }
    });
  });
}
