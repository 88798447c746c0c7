// What the checked build finds in kernels, and what it lets pass.
#include "check.h"
#include "emulated_ptx.h"
#include "launch.cuh"

using memo::cuda::launch;

namespace {

template <bool with_barrier>
__global__ void reverse(int *values) {
  __shared__ int shared[64];
  shared[threadIdx.x] = values[threadIdx.x];
  if (with_barrier) __syncthreads();
  values[threadIdx.x] = shared[63 - threadIdx.x];
}

// The buffer is written again while others may still read it.
template <bool with_barrier>
__global__ void use_twice(int *values) {
  MEMO_DYNAMIC_SHARED(bytes);
  auto *shared = reinterpret_cast<int *>(bytes);
  int sum = 0;
  for (int i = 0; i < 2; i++) {
    if (with_barrier) __syncthreads();
    shared[threadIdx.x] = values[threadIdx.x] + i;
    __syncthreads();
    sum += shared[63 - threadIdx.x];
  }
  values[threadIdx.x] = sum;
}

template <bool with_synchronization>
__global__ void exchange_in_a_warp(int *values) {
  __shared__ int shared[32];
  shared[threadIdx.x] = values[threadIdx.x];
  if (with_synchronization) {
    __syncwarp();
  } else {
    __shfl_sync(0xFFFFFFFFu, 0, 0);  // no barrier for memory
  }
  values[threadIdx.x] = shared[31 - threadIdx.x];
}

__global__ void add_to_one(int *values) { values[0] += 1; }
__global__ void add_atomically(int *values) { atomicAdd(values, 1); }

// The last block to come adds up what all have stored.
__global__ void add_up_by_the_last_block(int *values, int *partial, unsigned int *num_done) {
  partial[blockIdx.x] = static_cast<int>(blockIdx.x);
  __threadfence();
  if (atomicAdd(num_done, 1u) != gridDim.x - 1) return;
  for (unsigned int i = 0; i < gridDim.x; i++) values[0] += partial[i];
}

__global__ void read_past_the_end(int *values, int64_t n) { values[0] = values[n]; }
__global__ void read_misaligned(const float *values, float4 *out) {
  out[0] = *reinterpret_cast<const float4 *>(values + 1);
}

template <bool with_barrier>
__global__ void read_what_others_copied(const float *in, float *out) {
  MEMO_DYNAMIC_SHARED(bytes);
  auto *shared = reinterpret_cast<float *>(bytes);
  memo::cuda::cp_async_4(memo::cuda::shared_address(shared + threadIdx.x), in + threadIdx.x, true);
  memo::cuda::cp_async_commit();
  memo::cuda::cp_async_wait<0>();
  if (with_barrier) __syncthreads();
  out[threadIdx.x] = shared[threadIdx.x ^ 1];
}

template <bool with_barrier>
__global__ void load_what_others_wrote(uint32_t *out) {
  __shared__ __align__(16) uint16_t tile[32 * 8];
  for (int i = 0; i < 8; i++) tile[threadIdx.x + 32 * i] = static_cast<uint16_t>(i);
  if (with_barrier) __syncwarp();
  uint32_t r[4];
  memo::cuda::ldmatrix_x4(r, memo::cuda::shared_address(tile + threadIdx.x * 8));
  out[threadIdx.x] = r[0];
}

void expect_none() {
  CHECK_CUDA(cudaDeviceSynchronize());
}

void expect_race() { expect_failure(cudaErrorLaunchFailure, "race: "); }

}  // namespace

int main() {
  int *values = pinned<int>(64), *partial = pinned<int>(16);
  auto *num_done = pinned<unsigned int>(1);
  float *floats = pinned<float>(64), *copied = pinned<float>(64);
  auto *registers = pinned<uint32_t>(32);
  *num_done = 0;
  CHECK_CUDA(launch(reverse<true>, dim3(1), dim3(64), 0, nullptr, values));
  expect_none();
  CHECK_CUDA(launch(reverse<false>, dim3(1), dim3(64), 0, nullptr, values));
  expect_race();
  CHECK_CUDA(launch(use_twice<true>, dim3(1), dim3(64), 256, nullptr, values));
  expect_none();
  CHECK_CUDA(launch(use_twice<false>, dim3(1), dim3(64), 256, nullptr, values));
  expect_race();
  CHECK_CUDA(launch(exchange_in_a_warp<true>, dim3(1), dim3(32), 0, nullptr, values));
  expect_none();
  CHECK_CUDA(launch(exchange_in_a_warp<false>, dim3(1), dim3(32), 0, nullptr, values));
  expect_race();
  CHECK_CUDA(launch(add_to_one, dim3(1), dim3(1), 0, nullptr, values));
  CHECK_CUDA(launch(add_to_one, dim3(1), dim3(1), 0, nullptr, values));
  expect_none();
  CHECK_CUDA(launch(add_to_one, dim3(2), dim3(1), 0, nullptr, values));
  expect_race();
  CHECK_CUDA(launch(add_to_one, dim3(1), dim3(2), 0, nullptr, values));
  expect_race();
  CHECK_CUDA(launch(add_atomically, dim3(8), dim3(64), 0, nullptr, values));
  CHECK_CUDA(launch(add_up_by_the_last_block, dim3(16), dim3(1), 0, nullptr, values, partial, num_done));
  expect_none();
  CHECK_CUDA(launch(read_past_the_end, dim3(1), dim3(1), 0, nullptr, values, 64));
  expect_failure(cudaErrorIllegalAddress,
                 "read of 4 bytes, the last of which is 3 bytes beyond the end of an allocation of 256 bytes");
  CHECK_CUDA(launch(read_misaligned, dim3(1), dim3(1), 0, nullptr, floats, reinterpret_cast<float4 *>(values)));
  expect_failure(cudaErrorMisalignedAddress, "misaligned");
  CHECK_CUDA(launch(read_what_others_copied<true>, dim3(1), dim3(64), 256, nullptr, floats, copied));
  expect_none();
  CHECK_CUDA(launch(read_what_others_copied<false>, dim3(1), dim3(64), 256, nullptr, floats, copied));
  expect_race();
  CHECK_CUDA(launch(load_what_others_wrote<true>, dim3(1), dim3(32), 0, nullptr, registers));
  expect_none();
  CHECK_CUDA(launch(load_what_others_wrote<false>, dim3(1), dim3(32), 0, nullptr, registers));
  expect_race();
  return 0;
}
