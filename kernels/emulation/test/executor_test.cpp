// What blocks, warps and barriers do, right and wrong.
#include <math.h>
#include <string.h>

#include "check.h"
#include "launch.cuh"

using memo::cuda::launch;

namespace {

template <int threads>
__global__ void block_sums(const float *in, float *out, int64_t n) {
  __shared__ float partial[threads / 32];
  const int64_t i = static_cast<int64_t>(blockIdx.x) * threads + threadIdx.x;
  float sum = i < n ? __ldg(in + i) : 0.0f;
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, step);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    float total = 0;
    for (float each : partial) total += each;
    out[blockIdx.x] = total;
  }
}

void blocks_add_up_with_shuffles_and_shared_memory() {
  constexpr int kThreads = 256;
  constexpr int64_t n = 10000;
  float *in = pinned<float>(n);
  for (int64_t i = 0; i < n; i++) in[i] = static_cast<float>(i % 7);
  const int64_t blocks = (n + kThreads - 1) / kThreads;
  float *out = pinned<float>(static_cast<size_t>(blocks));
  const dim3 grid(static_cast<unsigned int>(blocks));
  CHECK_CUDA(launch(block_sums<kThreads>, grid, dim3(kThreads), 0, nullptr, in, out, n));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int64_t block = 0; block < blocks; block++) {
    float expected = 0;
    for (int64_t i = block * kThreads; i < n && i < (block + 1) * kThreads; i++) expected += in[i];
    CHECK_EQUAL(out[block], expected);
  }
  CHECK_CUDA(cudaFreeHost(in));
  CHECK_CUDA(cudaFreeHost(out));
}

__global__ void transpose(const int *in, int *out, int rows, int cols) {
  MEMO_DYNAMIC_SHARED(bytes);
  int *tile = reinterpret_cast<int *>(bytes);
  const int x = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
  const int y = static_cast<int>(blockIdx.y * 32 + threadIdx.y);
  if (x < cols && y < rows) tile[threadIdx.y * 33 + threadIdx.x] = in[y * cols + x];
  __syncthreads();
  const int out_x = static_cast<int>(blockIdx.y * 32 + threadIdx.x);
  const int out_y = static_cast<int>(blockIdx.x * 32 + threadIdx.y);
  if (out_x < rows && out_y < cols) out[out_y * rows + out_x] = tile[threadIdx.x * 33 + threadIdx.y];
}

void dynamic_shared_memory_is_shared_by_the_block() {
  constexpr int rows = 70, cols = 45;
  int *in = pinned<int>(rows * cols), *out = pinned<int>(rows * cols);
  for (int i = 0; i < rows * cols; i++) in[i] = i;
  CHECK_CUDA(launch(transpose, dim3(2, 3), dim3(32, 32), 32 * 33 * sizeof(int), nullptr, in, out, rows, cols));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int y = 0; y < rows; y++) {
    for (int x = 0; x < cols; x++) CHECK_EQUAL(out[x * rows + y], in[y * cols + x]);
  }
  CHECK_CUDA(cudaFreeHost(in));
  CHECK_CUDA(cudaFreeHost(out));
}

__global__ void every_shuffle(int *out) {
  const int lane = static_cast<int>(threadIdx.x);
  int *mine = out + lane * 8;
  mine[0] = __shfl_sync(0xFFFFFFFFu, lane * 10, 5);
  mine[1] = __shfl_sync(0xFFFFFFFFu, lane * 10, 1, 8);
  mine[2] = __shfl_up_sync(0xFFFFFFFFu, lane, 3);
  mine[3] = __shfl_down_sync(0xFFFFFFFFu, lane, 3, 16);
  mine[4] = __shfl_xor_sync(0xFFFFFFFFu, lane, 9);
  mine[5] = static_cast<int>(__ballot_sync(0xFFFFFFFFu, lane % 3 == 0));
  mine[6] = __any_sync(0xFFFFFFFFu, lane == 31) * 2 + __all_sync(0xFFFFFFFFu, lane < 31);
  mine[7] = __reduce_add_sync(0xFFFFFFFFu, lane);
}

void shuffles_and_votes_give_what_the_guide_says() {
  int *out = pinned<int>(32 * 8);
  CHECK_CUDA(launch(every_shuffle, dim3(1), dim3(32), 0, nullptr, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int lane = 0; lane < 32; lane++) {
    const int *mine = out + lane * 8;
    CHECK_EQUAL(mine[0], 50);
    CHECK_EQUAL(mine[1], (lane / 8 * 8 + 1) * 10);
    CHECK_EQUAL(mine[2], lane < 3 ? lane : lane - 3);
    CHECK_EQUAL(mine[3], lane % 16 + 3 < 16 ? lane + 3 : lane);
    CHECK_EQUAL(mine[4], lane ^ 9);
    CHECK_EQUAL(mine[5], 0x49249249);
    CHECK_EQUAL(mine[6], 2);
    CHECK_EQUAL(mine[7], 496);
  }
  CHECK_CUDA(cudaFreeHost(out));
}

__global__ void halves_of_a_warp(int *out) {
  const int lane = static_cast<int>(threadIdx.x);
  int sum = lane;
  if (lane < 16) {
    for (int step = 8; step > 0; step /= 2) sum += __shfl_xor_sync(0x0000FFFFu, sum, step);
  } else {
    sum = __shfl_sync(0xFFFF0000u, sum, 20);
  }
  __syncwarp();
  out[lane] = sum;
}

void parts_of_a_warp_go_their_own_ways() {
  int *out = pinned<int>(32);
  CHECK_CUDA(launch(halves_of_a_warp, dim3(1), dim3(32), 0, nullptr, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int lane = 0; lane < 32; lane++) CHECK_EQUAL(out[lane], lane < 16 ? 120 : 20);
  CHECK_CUDA(cudaFreeHost(out));
}

__global__ void votes_of_a_block(int *out) {
  const int i = static_cast<int>(threadIdx.x);
  const int any = __syncthreads_or(i == 70);
  const int all = __syncthreads_and(i < 70);
  const int count = __syncthreads_count(i % 2);
  out[i] = any * 10000 + all * 1000 + count;
}

void barriers_count_votes() {
  int *out = pinned<int>(96);
  CHECK_CUDA(launch(votes_of_a_block, dim3(1), dim3(96), 0, nullptr, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int i = 0; i < 96; i++) CHECK_EQUAL(out[i], 10048);
  CHECK_CUDA(cudaFreeHost(out));
}

__global__ void count_atomically(int *count, unsigned long long *bits, float *largest) {
  atomicAdd(count, 1);
  atomicOr(bits, 1ull << (threadIdx.x % 64));
  atomicMax(reinterpret_cast<int *>(largest), __float_as_int(static_cast<float>(threadIdx.x)));
}

void atomics_lose_nothing() {
  int *count = pinned<int>(1);
  auto *bits = pinned<unsigned long long>(1);
  float *largest = pinned<float>(1);
  *count = 0;
  *bits = 0;
  *largest = 0;
  CHECK_CUDA(launch(count_atomically, dim3(100), dim3(128), 0, nullptr, count, bits, largest));
  CHECK_CUDA(cudaDeviceSynchronize());
  CHECK_EQUAL(*count, 12800);
  CHECK_EQUAL(*bits, ~0ull);
  CHECK_EQUAL(*largest, 127.0f);
}

__global__ void read_unwritten(float *out) {
  __shared__ float values[64];
  MEMO_DYNAMIC_SHARED(bytes);
  out[0] = values[threadIdx.x];
  out[1] = reinterpret_cast<float *>(bytes)[threadIdx.x];
  values[threadIdx.x] = 1;
  reinterpret_cast<float *>(bytes)[threadIdx.x] = 1;
}

void shared_memory_that_was_not_written_is_not_a_number() {
  float *out = pinned<float>(2);
  for (int i = 0; i < 3; i++) {
    CHECK_CUDA(launch(read_unwritten, dim3(8), dim3(64), 256, nullptr, out));
    CHECK_CUDA(cudaDeviceSynchronize());
    CHECK(isnan(out[0]) && isnan(out[1]));
  }
}

// Failures.

__global__ void skip_a_barrier() {
  if (threadIdx.x == 5) return;
  __syncthreads();
}
__global__ void meet_at_two_barriers() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
__global__ void shuffle_with_the_ended(int *out) {
  if (threadIdx.x == 5) return;
  __syncwarp(~(1u << 5));
  out[threadIdx.x] = __shfl_sync(0xFFFFFFFFu, 1, 0);
}
__global__ void shuffle_outside_the_mask(int *out) {
  out[threadIdx.x] = __shfl_sync(0x0000FFFFu, 1, 0);
}
__global__ void diverge() {
  if (threadIdx.x % 32 < 16) {
    __syncwarp();
  } else {
    __ballot_sync(0xFFFFFFFFu, 1);
  }
}
__global__ void write_past_shared_memory() {
  MEMO_DYNAMIC_SHARED(bytes);
  bytes[100] = 0;
}
__global__ void write_far_past_shared_memory() {
  MEMO_DYNAMIC_SHARED(bytes);
  bytes[128 + threadIdx.x] = 0;
}
__global__ void write_past_the_end(int *out, int64_t n) { out[n] = 1; }
__global__ void follow_null(int *out) { out[0] = 1; }
__global__ void divide(int *out, int by) { out[0] = 7 / by; }
__global__ void recurse(int *out, int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  if (depth > 0) recurse(out, depth - 1);
  out[0] = room[0];
}
__global__ void give_up() {
  if (threadIdx.x == 3) __trap();
}

void mistakes_are_told_apart() {
  int *out = pinned<int>(64);
  CHECK_CUDA(launch(skip_a_barrier, dim3(2), dim3(64), 0, nullptr));
  expect_failure(cudaErrorLaunchFailure, "1 have ended, 63 wait at __syncthreads");
  CHECK_CUDA(launch(meet_at_two_barriers, dim3(1), dim3(64), 0, nullptr));
  expect_failure(cudaErrorLaunchFailure, "different barriers");
  CHECK_CUDA(launch(shuffle_with_the_ended, dim3(1), dim3(32), 0, nullptr, out));
  expect_failure(cudaErrorLaunchFailure, "ended");
  CHECK_CUDA(launch(shuffle_outside_the_mask, dim3(1), dim3(32), 0, nullptr, out));
  expect_failure(cudaErrorLaunchFailure, "lacks the calling lane");
  CHECK_CUDA(launch(diverge, dim3(1), dim3(64), 0, nullptr));
  expect_failure(cudaErrorLaunchFailure, "wait at __ballot_sync");
  CHECK_CUDA(launch(write_past_shared_memory, dim3(1), dim3(1), 100, nullptr));
  expect_failure(cudaErrorIllegalAddress, "written at byte 100, past its end");
  CHECK_CUDA(launch(write_far_past_shared_memory, dim3(1), dim3(1), 100, nullptr));
  expect_failure(cudaErrorIllegalAddress, "write_far_past_shared_memory");
  CHECK_CUDA(launch(write_past_the_end, dim3(1), dim3(1), 0, nullptr, out, 64));
  expect_failure(cudaErrorIllegalAddress, "0 bytes beyond the end of an allocation of 256 bytes");
  CHECK_CUDA(launch(follow_null, dim3(1), dim3(1), 0, nullptr, nullptr));
  expect_failure(cudaErrorIllegalAddress, "null pointer");
  CHECK_CUDA(launch(divide, dim3(1), dim3(1), 0, nullptr, out, 0));
  expect_failure(cudaErrorLaunchFailure, "divided by zero");
  CHECK_CUDA(launch(recurse, dim3(1), dim3(1), 0, nullptr, out, 100));
  expect_failure(cudaErrorLaunchFailure, "stack");
  CHECK_CUDA(launch(give_up, dim3(1), dim3(32), 0, nullptr));
  expect_failure(cudaErrorLaunchFailure, "thread (3, 0, 0): __trap");
  CHECK_EQUAL(static_cast<int>(launch(give_up, dim3(1), dim3(1025), 0, nullptr)), 9);
  CHECK_EQUAL(static_cast<int>(launch(give_up, dim3(1, 65536), dim3(1), 0, nullptr)), 9);
  CHECK_EQUAL(static_cast<int>(launch(give_up, dim3(1), dim3(1), 200 * 1024, nullptr)), 1);
  memo_emulation_forget_failures();
  // After all these the executor still works.
  shuffles_and_votes_give_what_the_guide_says();
}

}  // namespace

int main() {
  blocks_add_up_with_shuffles_and_shared_memory();
  dynamic_shared_memory_is_shared_by_the_block();
  shuffles_and_votes_give_what_the_guide_says();
  parts_of_a_warp_go_their_own_ways();
  barriers_count_votes();
  atomics_lose_nothing();
  shared_memory_that_was_not_written_is_not_a_number();
  mistakes_are_told_apart();
  return 0;
}
