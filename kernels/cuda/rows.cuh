// Kernels over the elements of a matrix, each by itself, where the column or the row matters.
//
// An operation is a struct of pointers with
//   bool refused() const                                                   true: nothing is to be done
//   Column column(int64_t col) const                                       what the others want to know of a column
//   template <int W> Loaded load(int64_t row, Column col) const            W elements
//   template <int W> void finish(Loaded, int64_t row, Column col) const    computes and stores them
// A thread stays in its column and walks down the rows.
#pragma once

#include "launch.cuh"
#include "pack.cuh"

namespace memo::cuda {

constexpr int kRowsThreads = 256;
constexpr int kRowsBlocks = 4;  // of 256 threads, of a multiprocessor; all are there from the start

template <int W, int kUnroll, class Operation>
__global__ void __launch_bounds__(kRowsThreads, kRowsBlocks) rows_kernel(Operation op, int64_t rows, int64_t packs) {
  const int64_t pack = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (pack >= packs || op.refused()) return;
  const auto col = op.column(pack * W);
  const int64_t stride = static_cast<int64_t>(gridDim.y) * blockDim.y;
  int64_t row = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
  for (; row + (kUnroll - 1) * stride < rows; row += kUnroll * stride) {
    decltype(op.template load<W>(0, col)) loaded[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; u++) loaded[u] = op.template load<W>(row + u * stride, col);
#pragma unroll
    for (int u = 0; u < kUnroll; u++) op.template finish<W>(loaded[u], row + u * stride, col);
  }
  for (; row < rows; row += stride) op.template finish<W>(op.template load<W>(row, col), row, col);
}

// What most operations have in common.
struct RowsOperation {
  __device__ bool refused() const { return false; }
  __device__ int64_t column(int64_t col) const { return col; }
};

// Blocks wide enough for a row's packs, or for an equal part of them, and as high as the threads allow.
struct RowsGrid {
  dim3 grid;
  dim3 block;
  RowsGrid(int64_t rows, int64_t packs) {
    const int64_t slabs = ceil_div<int64_t>(packs, kRowsThreads);
    int64_t width = ceil_div(packs, slabs);
    if (width > 32) width = ceil_div<int64_t>(width, 32) * 32;
    const int64_t height = kRowsThreads / width;
    const int64_t threads_at_once = static_cast<int64_t>(multiprocessors()) * kRowsBlocks * kRowsThreads;
    int64_t tall = threads_at_once / (width * height) / slabs;
    if (tall > ceil_div(rows, height)) tall = ceil_div(rows, height);
    if (tall > 65535) tall = 65535;
    if (tall < 1) tall = 1;
    grid = dim3(static_cast<unsigned>(slabs), static_cast<unsigned>(tall));
    block = dim3(static_cast<unsigned>(width), static_cast<unsigned>(height));
  }
};

// Rows of `cols` elements, W at a time where `wide`, which takes cols to be a multiple of W, else one.
template <int W, int kUnroll, class Operation>
void run_rows(const Operation &op, int64_t rows, int64_t cols, bool wide, const memo_cuda_queue *queue) {
  if (rows == 0) return;
  const int64_t packs = wide ? cols / W : cols;
  const RowsGrid size(rows, packs);
  const auto kernel = wide ? rows_kernel<W, kUnroll, Operation> : rows_kernel<1, kUnroll, Operation>;
  check(launch(kernel, size.grid, size.block, 0, stream_of(queue), op, rows, packs), "launch of a kernel over rows");
}

}  // namespace memo::cuda
