#include "column_sums.cuh"

#include "launch.cuh"

namespace memo::cuda {
namespace {

constexpr int kLanes = 32;
constexpr int kWarps = 8;
constexpr int kUnroll = 4;

// blockIdx.y is the gradient.
__global__ void __launch_bounds__(kLanes *kWarps)
    add_partial_sums_kernel(const float *partials, int64_t parts, int64_t cols, float *gradient0, float *gradient1) {
  __shared__ float sums[kWarps][kLanes];
  const int64_t col = static_cast<int64_t>(blockIdx.x) * kLanes + threadIdx.x;
  const int64_t part_stride = static_cast<int64_t>(gridDim.y) * cols;
  const float *first = partials + blockIdx.y * cols + col;
  float sum[kUnroll] = {};
  if (col < cols) {
    for (int64_t part = threadIdx.y; part < parts; part += kUnroll * kWarps) {
#pragma unroll
      for (int u = 0; u < kUnroll; u++) {
        const int64_t at = part + u * kWarps;
        if (at < parts) sum[u] += first[at * part_stride];
      }
    }
  }
  sums[threadIdx.y][threadIdx.x] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  __syncthreads();
  if (threadIdx.y != 0 || col >= cols) return;
  float total = sums[0][threadIdx.x];
#pragma unroll
  for (int warp = 1; warp < kWarps; warp++) total += sums[warp][threadIdx.x];
  float *gradient = blockIdx.y == 0 ? gradient0 : gradient1;
  gradient[col] += total;
}

int64_t most_partial_rows(int64_t floats) { return kScratchBytes / static_cast<int64_t>(sizeof(float)) / floats; }

}  // namespace

int64_t partial_rows(int64_t wanted, int64_t most, int64_t floats) {
  int64_t rows = wanted < most ? wanted : most;
  const int64_t room = most_partial_rows(floats);
  if (rows > room) rows = room;
  return rows < 1 ? 1 : rows;
}

void require_summed_cols(NamedCount cols, int num_gradients) {
  const int64_t most = most_partial_rows(num_gradients);
  if (cols.value > most) {
    throw Failure(MEMO_UNSUPPORTED, "%s=%lld, must be at most %lld", cols.name, static_cast<long long>(cols.value),
                  static_cast<long long>(most));
  }
}

void add_partial_sums(const float *partials, int64_t parts, int64_t cols, std::initializer_list<float *> gradients,
                      const memo_cuda_queue *queue) {
  const dim3 grid(static_cast<unsigned>(ceil_div<int64_t>(cols, kLanes)), static_cast<unsigned>(gradients.size()));
  float *const *gradient = gradients.begin();
  check(launch(add_partial_sums_kernel, grid, dim3(kLanes, kWarps), 0, stream_of(queue), partials, parts, cols,
               gradient[0], gradient[gradients.size() - 1]),
        "launch of add_partial_sums");
}

}  // namespace memo::cuda
