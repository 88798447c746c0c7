// What the norms share: the rows of a block, the sums over rows of their weights' gradients, the sizes of their grids.
#pragma once

#include "column_sums.cuh"
#include "row_blocks.cuh"

namespace memo::cuda {

// Blocks take blockDim.y rows at a time, and all threads of one take part in every round.
__device__ __forceinline__ int64_t first_row() { return static_cast<int64_t>(blockIdx.x) * blockDim.y; }
__device__ __forceinline__ int64_t row_stride() { return static_cast<int64_t>(gridDim.x) * blockDim.y; }

// The sums over rows of kGradients rows of gradients. A thread alone adds to those of its packs, and needs no barrier
// before end(). Held: for each row of the block in shared memory, in planes of 4 floats of each pack, so that threads
// side by side meet no bank conflict; end() writes one partial sum of the block, [kGradients, cols]. Else: for each row
// of the block in its own partial sum.
template <int W, bool kHeld, int kGradients>
class WeightGradients {
 public:
  __device__ WeightGradients(float *partials, int64_t cols) : cols_(cols) {
    if constexpr (kHeld) {
      MEMO_DYNAMIC_SHARED(memory);
      shared_ = reinterpret_cast<float *>(memory);
      own_ = shared_ + threadIdx.y * kGradients * cols;
      partial_ = partials + blockIdx.x * kGradients * cols;
    } else {
      own_ = partials + (static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y) * kGradients * cols;
    }
    for_packs<kHeld>(cols / W, [&](int, int64_t pack) {
      for (int gradient = 0; gradient < kGradients; gradient++) store_to(own_, gradient, pack, Floats<W>{});
    });
  }

  __device__ __forceinline__ void add(int gradient, int64_t pack, const Floats<W> &added) {
    Floats<W> sum = load_from(own_, gradient, pack);
#pragma unroll
    for (int i = 0; i < W; i++) sum.v[i] += added.v[i];
    store_to(own_, gradient, pack, sum);
  }

  __device__ void end() {
    if constexpr (kHeld) {
      __syncthreads();
      if (threadIdx.y != 0) return;
      for_packs<true>(cols_ / W, [&](int, int64_t pack) {
        for (int gradient = 0; gradient < kGradients; gradient++) {
          Floats<W> sum = load_from(shared_, gradient, pack);
          for (unsigned row = 1; row < blockDim.y; row++) {
            const Floats<W> added = load_from(shared_ + row * kGradients * cols_, gradient, pack);
#pragma unroll
            for (int i = 0; i < W; i++) sum.v[i] += added.v[i];
          }
          float *to = partial_ + gradient * cols_ + pack * W;
#pragma unroll
          for (int i = 0; i < W; i += kPlane) store(to + i, plane_of(sum, i));
        }
      });
    }
  }

 private:
  static constexpr int kPlane = W < 4 ? W : 4;

  static __device__ __forceinline__ Pack<float, kPlane> plane_of(const Floats<W> &floats, int first) {
    Pack<float, kPlane> plane;
#pragma unroll
    for (int i = 0; i < kPlane; i++) plane.v[i] = floats.v[first + i];
    return plane;
  }

  // Of the kPlane floats from `first` of a pack.
  __device__ __forceinline__ int64_t offset_of(int gradient, int64_t pack, int first) const {
    return gradient * cols_ + first * (cols_ / W) + pack * kPlane;
  }

  __device__ __forceinline__ Floats<W> load_from(const float *sums, int gradient, int64_t pack) const {
    Floats<W> floats;
#pragma unroll
    for (int first = 0; first < W; first += kPlane) {
      const Pack<float, kPlane> plane = load<kPlane>(sums + place_of(gradient, pack, first));
#pragma unroll
      for (int i = 0; i < kPlane; i++) floats.v[first + i] = plane.v[i];
    }
    return floats;
  }

  __device__ __forceinline__ void store_to(float *sums, int gradient, int64_t pack, const Floats<W> &floats) const {
#pragma unroll
    for (int first = 0; first < W; first += kPlane) {
      float *to = sums + place_of(gradient, pack, first);
      if constexpr (kHeld) {
        store_shared(to, plane_of(floats, first));
      } else {
        store(to, plane_of(floats, first));
      }
    }
  }

  // Planes in shared memory, columns in their order in a partial sum.
  __device__ __forceinline__ int64_t place_of(int gradient, int64_t pack, int first) const {
    if constexpr (kHeld) {
      return static_cast<int>(offset_of(gradient, pack, first));
    } else {
      return gradient * cols_ + pack * W + first;
    }
  }

  int64_t cols_;
  float *own_;
  float *shared_ = nullptr;
  float *partial_ = nullptr;
};

struct NormGrid {
  dim3 grid;
  dim3 block;
};

// Rows of one warp share a block, since they need no barrier. 1024 threads are on a multiprocessor at once.
inline NormGrid forward_grid(const RowShape &shape, int64_t rows) {
  const int height = shape.threads == 32 ? 8 : 1;
  const int64_t most = static_cast<int64_t>(multiprocessors()) * 1024 / (shape.threads * height);
  const int64_t blocks = ceil_div<int64_t>(rows, height);
  return {dim3(static_cast<unsigned>(blocks < most ? blocks : most)), dim3(shape.threads, height)};
}

// Blocks of 256 threads or more, whatever a row takes, so that there are few partial sums; two of 256 on each
// multiprocessor, the one loading while the other computes. Rows are held where their sums fit into shared memory, too.
struct BackwardGrid {
  dim3 grid;
  dim3 block;
  bool held;
  size_t shared_bytes;
  int64_t parts;

  BackwardGrid(const RowShape &shape, int64_t rows, int64_t cols, int num_gradients) {
    int64_t height = shape.threads < 256 ? 256 / shape.threads : 1;
    const int64_t sums = num_gradients * cols;
    const int64_t sums_bytes = height * sums * static_cast<int64_t>(sizeof(float));
    held = shape.held && sums_bytes + kOwnSharedBytes <= most_shared_bytes_of_block();
    if (!held && shape.threads > 32) height = 1;
    const int64_t parts_of_block = held ? 1 : height;
    const int64_t wanted = static_cast<int64_t>(multiprocessors()) * 512 / (shape.threads * height);
    const int64_t blocks = partial_rows(wanted < 1 ? 1 : wanted, ceil_div(rows, height), parts_of_block * sums);
    grid = dim3(static_cast<unsigned>(blocks));
    block = dim3(shape.threads, static_cast<unsigned>(height));
    shared_bytes = held ? static_cast<size_t>(sums_bytes) : 0;
    parts = blocks * parts_of_block;
  }

 private:
  static constexpr int64_t kOwnSharedBytes = 1024;  // what the kernels declare themselves is less
};

}  // namespace memo::cuda
