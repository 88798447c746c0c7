#include "column_sums.cuh"
#include "rows.cuh"

namespace memo::cuda {

template <class T>
struct BiasForward : RowsOperation {
  T *y;
  const T *bias;
  int64_t cols;

  template <int W>
  struct Loaded {
    Pack<T, W> y, bias;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t row, int64_t col) const {
    return {memo::cuda::load<W>(y + row * cols + col), memo::cuda::load<W>(bias + col)};
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t row, int64_t col) const {
    Floats<W> sum = widen(loaded.y);
    const Floats<W> added = widen(loaded.bias);
#pragma unroll
    for (int i = 0; i < W; i++) sum.v[i] += added.v[i];
    store_rounded(y + row * cols + col, sum);
  }
};

namespace {

constexpr int kLanes = 32;
constexpr int kWarps = 8;

// A block sums its rows for 32 packs of columns; partials [gridDim.y, cols].
template <class T, int W>
__global__ void __launch_bounds__(kLanes *kWarps, 4)
    bias_backward_kernel(const T *dy, float *partials, int64_t rows, int64_t cols) {
  constexpr int kUnroll = W == 1 ? 8 : 4;
  __shared__ Floats<W> sums[kWarps][kLanes];
  const int64_t col = (static_cast<int64_t>(blockIdx.x) * kLanes + threadIdx.x) * W;
  const int64_t stride = static_cast<int64_t>(gridDim.y) * kWarps;
  Floats<W> sum = {};
  if (col < cols) {
    int64_t row = static_cast<int64_t>(blockIdx.y) * kWarps + threadIdx.y;
    for (; row + (kUnroll - 1) * stride < rows; row += kUnroll * stride) {
      Pack<T, W> loaded[kUnroll];
#pragma unroll
      for (int u = 0; u < kUnroll; u++) loaded[u] = load<W>(dy + (row + u * stride) * cols + col);
      Floats<W> part = widen(loaded[0]);  // by itself: fewer roundings of the large sum
#pragma unroll
      for (int u = 1; u < kUnroll; u++) {
#pragma unroll
        for (int i = 0; i < W; i++) part.v[i] += to_float(loaded[u].v[i]);
      }
#pragma unroll
      for (int i = 0; i < W; i++) sum.v[i] += part.v[i];
    }
    for (; row < rows; row += stride) {
      const Floats<W> last = widen(load<W>(dy + row * cols + col));
#pragma unroll
      for (int i = 0; i < W; i++) sum.v[i] += last.v[i];
    }
  }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || col >= cols) return;
#pragma unroll
  for (int warp = 1; warp < kWarps; warp++) {
#pragma unroll
    for (int i = 0; i < W; i++) sum.v[i] += sums[warp][threadIdx.x].v[i];
  }
  store_floats(partials + static_cast<int64_t>(blockIdx.y) * cols + col, sum);
}

template <class T>
void bias_backward(const T *dy, float *dbias, int64_t rows, int64_t cols, const memo_cuda_queue *queue) {
  const bool is_wide = wide(dy) && cols % kWide<T> == 0;
  const int64_t slabs = ceil_div<int64_t>(is_wide ? cols / kWide<T> : cols, kLanes);
  const int64_t blocks = static_cast<int64_t>(multiprocessors()) * 4 / slabs;
  const int64_t parts = partial_rows(blocks < 1 ? 1 : blocks, ceil_div<int64_t>(rows, kWarps), cols);
  const auto kernel = is_wide ? bias_backward_kernel<T, kWide<T>> : bias_backward_kernel<T, 1>;
  float *partials = scratch_of<float>(queue);
  const dim3 grid(static_cast<unsigned>(slabs), static_cast<unsigned>(parts));
  check(launch(kernel, grid, dim3(kLanes, kWarps), 0, stream_of(queue), dy, partials, rows, cols),
        "launch of bias_backward");
  add_partial_sums(partials, parts, cols, {dbias}, queue);
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_bias_forward(int type, void *y, const void *bias, int64_t rows, int64_t cols,
                           const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(y), MEMO_POINTER(bias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const BiasForward<T> op{{}, static_cast<T *>(y), static_cast<const T *>(bias), cols};
      run_rows<kWide<T>, 4>(op, rows, cols, wide(y, bias) && cols % kWide<T> == 0, queue);
    });
  });
}

int memo_cuda_bias_backward(int type, const void *dy, float *dbias, int64_t rows, int64_t cols,
                            const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(dy), MEMO_POINTER(dbias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_summed_cols(MEMO_COUNT(cols), 1);
    require_queue(queue);
    if (rows == 0) return;
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      bias_backward(static_cast<const T *>(dy), dbias, rows, cols, queue);
    });
  });
}
