// Kernels of which a whole row is one thing: the threads of a row, what they keep of it, and sums over it.
//
// A block is blockDim.x threads (a multiple of a warp) for each of blockDim.y rows. A row's thread has the packs
// threadIdx.x, threadIdx.x + blockDim.x, ... and keeps them in registers where the row fits (kHeld), else it reads them
// again.
#pragma once

#include "launch.cuh"
#include "pack.cuh"

namespace memo::cuda {

constexpr int kRowThreads = 512;  // of a block at most
constexpr int kHeldPacks = 4;     // of 16 bytes, of a thread: a row of 16384 bf16 is held

template <bool kHeld>
constexpr int kKeptPacks = kHeld ? kHeldPacks : 1;

// Calls body(k, pack) for the thread's packs; k numbers the registers.
template <bool kHeld, class Body>
__device__ __forceinline__ void for_packs(int64_t packs, Body body) {
  if constexpr (kHeld) {
#pragma unroll
    for (int k = 0; k < kHeldPacks; k++) {
      const int pack = static_cast<int>(threadIdx.x + k * blockDim.x);
      if (pack < packs) body(k, pack);
    }
  } else {
    for (int64_t pack = threadIdx.x; pack < packs; pack += blockDim.x) body(0, pack);
  }
}

constexpr int kMostWarps = kRowThreads / 32;

// Memory of the block for row_sum. Two calls that follow each other must take turns: a thread may still be reading the
// first one's sums when another writes the second's.
template <int N>
struct RowSums {
  float of_warps[kMostWarps][N];
};

// Each value becomes its sum over the threads of the row, to the same bits in each. All threads of the block take part.
template <int N>
__device__ __forceinline__ void row_sum(float (&values)[N], RowSums<N> &sums) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
#pragma unroll
    for (int i = 0; i < N; i++) values[i] += __shfl_xor_sync(0xFFFFFFFFu, values[i], distance);
  }
  const int warps = static_cast<int>(blockDim.x / 32);
  if (warps == 1) return;
  const int first = static_cast<int>(threadIdx.y) * warps;
  if (threadIdx.x % 32 == 0) {
#pragma unroll
    for (int i = 0; i < N; i++) sums.of_warps[first + threadIdx.x / 32][i] = values[i];
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < N; i++) values[i] = sums.of_warps[first][i];
  for (int warp = 1; warp < warps; warp++) {
#pragma unroll
    for (int i = 0; i < N; i++) values[i] += sums.of_warps[first + warp][i];
  }
}

// How many threads a row gets, and whether they can hold it.
struct RowShape {
  bool wide;
  bool held;
  int64_t packs;
  int threads;
  // W elements are in a pack where all rows are `wide`, else one.
  RowShape(bool wide, int64_t W, int64_t cols) : wide(wide), packs(wide ? cols / W : cols) {
    const int64_t warps = ceil_div<int64_t>(packs, 32 * kHeldPacks);
    held = wide && warps <= kMostWarps;
    threads = 32 * static_cast<int>(warps < kMostWarps ? warps : kMostWarps);
  }
};

}  // namespace memo::cuda
