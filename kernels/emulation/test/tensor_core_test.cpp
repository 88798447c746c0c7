// The tensor-core and matrix-load instructions, against a second statement of their layouts.
//
// The emulation computes rows and columns by the PTX ISA's formulas. Here the same layouts are written as CuTe's atoms
// state them: lane = l0 + 4 * l1 and value = v0 + 2 * v1 + 4 * v2 give an index into the column-major matrix, a sum of
// strides.
#include <math.h>
#include <string.h>

#include <random>

#include "check.h"
#include "emulated_ptx.h"
#include "launch.cuh"

using memo::cuda::launch;

namespace {

struct Strides {
  int lane[2];
  int value[3];

  int operator()(int l, int v) const {
    return l % 4 * lane[0] + l / 4 * lane[1] + v % 2 * value[0] + v / 2 % 2 * value[1] + v / 4 * value[2];
  }
};

// A is [M, K], B is [N, K], C is [M, N], each column by column.
constexpr Strides kA = {{32, 1}, {16, 8, 128}};
constexpr Strides kB = {{16, 1}, {8, 64, 0}};
constexpr Strides kSums = {{32, 1}, {16, 8, 0}};

struct Fragments {
  uint32_t a[4];
  uint32_t b[2];
  float d[4];
};

__global__ void multiply_bf16(Fragments *all) {
  Fragments mine = all[threadIdx.x];
  memo::cuda::mma_m16n8k16_bf16(mine.d, mine.a, mine.b);
  all[threadIdx.x] = mine;
}

uint32_t bf16_bits(float value) { return __bfloat16_as_ushort(__float2bfloat16(value)); }

// Small integers: every way to add them up gives the same.
void products_follow_the_layouts() {
  std::mt19937 bits(3);
  const auto next = [&] { return static_cast<float>(static_cast<int>(bits() % 17) - 8); };
  float a[16 * 16], b[8 * 16], c[16 * 8];
  for (float &each : a) each = next();
  for (float &each : b) each = next();
  for (float &each : c) each = next();
  auto *all = pinned<Fragments>(32);
  for (int lane = 0; lane < 32; lane++) {
    Fragments &mine = all[lane];
    memset(&mine, 0, sizeof(mine));
    for (int v = 0; v < 8; v++) mine.a[v / 2] |= bf16_bits(a[kA(lane, v)]) << (v % 2 * 16);
    for (int v = 0; v < 4; v++) mine.b[v / 2] |= bf16_bits(b[kB(lane, v)]) << (v % 2 * 16);
    for (int v = 0; v < 4; v++) mine.d[v] = c[kSums(lane, v)];
  }
  CHECK_CUDA(launch(multiply_bf16, dim3(1), dim3(32), 0, nullptr, all));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int lane = 0; lane < 32; lane++) {
    for (int v = 0; v < 4; v++) {
      const int index = kSums(lane, v), m = index % 16, n = index / 16;
      float expected = c[index];
      for (int k = 0; k < 16; k++) expected += a[m + 16 * k] * b[n + 8 * k];
      CHECK_EQUAL(all[lane].d[v], expected);
    }
  }
  CHECK_CUDA(cudaFreeHost(all));
}

constexpr int kPitch = 24;  // elements from row to row of the tile, in multiples of 16 bytes

template <int kMatrices, bool kTransposed>
__global__ void load_and_store(const uint16_t *in, uint32_t *registers, uint16_t *out) {
  __shared__ __align__(16) uint16_t tile[kMatrices * 8 * kPitch];
  __shared__ __align__(16) uint16_t stored[kMatrices * 8 * kPitch];
  for (int i = static_cast<int>(threadIdx.x); i < kMatrices * 8 * kPitch; i += 32) tile[i] = in[i];
  __syncwarp();
  const int row = static_cast<int>(threadIdx.x) % (kMatrices * 8);
  uint32_t r[kMatrices];
  const auto from = memo::cuda::shared_address(tile + row * kPitch);
  const auto to = memo::cuda::shared_address(stored + row * kPitch);
#define LOAD_AND_STORE(n, transposed, suffix)                         \
  if constexpr (kMatrices == n && kTransposed == transposed) {        \
    memo::cuda::ldmatrix_x##n##suffix(r, from);                       \
    memo::cuda::stmatrix_x##n##suffix(to, r);                         \
  }
  LOAD_AND_STORE(1, false, )
  LOAD_AND_STORE(1, true, _trans)
  LOAD_AND_STORE(2, false, )
  LOAD_AND_STORE(2, true, _trans)
  LOAD_AND_STORE(4, false, )
  LOAD_AND_STORE(4, true, _trans)
#undef LOAD_AND_STORE
  __syncwarp();
  for (int matrix = 0; matrix < kMatrices; matrix++) registers[threadIdx.x * kMatrices + matrix] = r[matrix];
  for (int i = static_cast<int>(threadIdx.x); i < kMatrices * 8 * kPitch; i += 32) out[i] = stored[i];
}

// A matrix is a run of 8 rows of 8 elements; read row by row it goes to the lanes in order, two elements to each; so
// element e (0..63) of matrix m is in half e % 2 of register m of lane e / 2. Transposed: the same of its transpose.
template <int kMatrices, bool kTransposed>
void matrices_go_to_lanes_in_order() {
  constexpr int kElements = kMatrices * 8 * kPitch;
  auto *in = pinned<uint16_t>(kElements), *out = pinned<uint16_t>(kElements);
  auto *registers = pinned<uint32_t>(32 * kMatrices);
  for (int i = 0; i < kElements; i++) in[i] = static_cast<uint16_t>(i * 7 + 1);
  CHECK_CUDA(launch(load_and_store<kMatrices, kTransposed>, dim3(1), dim3(32), 0, nullptr, in, registers, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int matrix = 0; matrix < kMatrices; matrix++) {
    for (int element = 0; element < 64; element++) {
      const int row = kTransposed ? element % 8 : element / 8, col = kTransposed ? element / 8 : element % 8;
      const uint32_t expected = in[(matrix * 8 + row) * kPitch + col];
      CHECK_EQUAL((registers[element / 2 * kMatrices + matrix] >> (element % 2 * 16)) & 0xFFFFu, expected);
      CHECK_EQUAL(static_cast<uint32_t>(out[(matrix * 8 + row) * kPitch + col]), expected);
    }
  }
  CHECK_CUDA(cudaFreeHost(in));
  CHECK_CUDA(cudaFreeHost(out));
  CHECK_CUDA(cudaFreeHost(registers));
}

enum class Wait { kNone, kOneGroupEarly, kAll };

template <Wait wait>
__global__ void copy_in_two_groups(const float *in, float *out) {
  MEMO_DYNAMIC_SHARED(bytes);
  auto *tile = reinterpret_cast<float *>(bytes);
  const int lane = static_cast<int>(threadIdx.x);
  memo::cuda::cp_async_16(memo::cuda::shared_address(tile + lane * 4), in + lane * 4, true);
  memo::cuda::cp_async_commit();
  memo::cuda::cp_async_4(memo::cuda::shared_address(tile + 128 + lane), in + 128 + lane, lane % 2 == 0);
  memo::cuda::cp_async_commit();
  if (wait == Wait::kAll) memo::cuda::cp_async_wait<0>();
  if (wait == Wait::kOneGroupEarly) memo::cuda::cp_async_wait<1>();
  __syncthreads();
  for (int i = 0; i < 4; i++) out[i * 32 + lane] = tile[i * 32 + lane];
  out[128 + lane] = tile[128 + lane];
}

void copies_arrive_when_they_are_waited_for() {
  float *in = pinned<float>(160), *out = pinned<float>(160);
  for (int i = 0; i < 160; i++) in[i] = static_cast<float>(i);
  CHECK_CUDA(launch(copy_in_two_groups<Wait::kAll>, dim3(1), dim3(32), 160 * 4, nullptr, in, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int i = 0; i < 160; i++) CHECK_EQUAL(out[i], i >= 128 && i % 2 == 1 ? 0.0f : in[i]);
  CHECK_CUDA(launch(copy_in_two_groups<Wait::kOneGroupEarly>, dim3(1), dim3(32), 160 * 4, nullptr, in, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  CHECK_EQUAL(out[127], in[127]);
  CHECK(isnan(out[128]));
  CHECK_CUDA(launch(copy_in_two_groups<Wait::kNone>, dim3(1), dim3(32), 160 * 4, nullptr, in, out));
  CHECK_CUDA(cudaDeviceSynchronize());
  CHECK(isnan(out[0]) && isnan(out[128]));
  CHECK_CUDA(cudaFreeHost(in));
  CHECK_CUDA(cudaFreeHost(out));
}

__global__ void load_from_global(const uint16_t *in) {
  uint32_t r[4];
  memo::cuda::ldmatrix_x4(r, reinterpret_cast<uintptr_t>(in));
}
__global__ void load_misaligned() {
  MEMO_DYNAMIC_SHARED(bytes);
  uint32_t r[4];
  memo::cuda::ldmatrix_x4(r, memo::cuda::shared_address(bytes) + 8);
}
__global__ void copy_misaligned(const float *in) {
  MEMO_DYNAMIC_SHARED(bytes);
  memo::cuda::cp_async_16(memo::cuda::shared_address(bytes), in + 1, true);
}
__global__ void multiply_in_a_branch(Fragments *all) {
  if (threadIdx.x < 16) memo::cuda::mma_m16n8k16_bf16(all->d, all->a, all->b);
}

void misuse_is_told() {
  auto *in = pinned<uint16_t>(1000);
  CHECK_CUDA(launch(load_from_global, dim3(1), dim3(32), 0, nullptr, in));
  expect_failure(cudaErrorIllegalAddress, "ldmatrix.x4: the address is not in the block's shared memory");
  CHECK_CUDA(launch(load_misaligned, dim3(1), dim3(32), 4096, nullptr));
  expect_failure(cudaErrorMisalignedAddress, "not a multiple of 16");
  CHECK_CUDA(launch(copy_misaligned, dim3(1), dim3(32), 4096, nullptr, reinterpret_cast<float *>(in)));
  expect_failure(cudaErrorMisalignedAddress, "cp.async reads from a misaligned address");
  CHECK_CUDA(launch(multiply_in_a_branch, dim3(1), dim3(32), 0, nullptr, reinterpret_cast<Fragments *>(in)));
  expect_failure(cudaErrorLaunchFailure, "mma.m16n8k16");
}

// Every float that lies on, just below and just above a tie, and what is beyond the largest bf16.
void floats_round_to_bf16_to_nearest_even() {
  for (uint32_t upper = 0; upper < 0x10000; upper++) {
    for (uint32_t lower : {0u, 1u, 0x7FFFu, 0x8000u, 0x8001u, 0xFFFFu}) {
      const float value = __uint_as_float(upper << 16 | lower);
      const uint32_t rounded = bf16_bits(value);
      if (isnan(value)) {
        CHECK_EQUAL(rounded, 0x7FFFu);
        continue;
      }
      const double below = __uint_as_float(upper << 16), exact = value;
      const uint32_t next = upper + 1;
      const bool to_infinity = (next & 0x7FFFu) == 0x7F80u;
      const double above = to_infinity ? copysign(ldexp(1.0, 128), exact) : __uint_as_float(next << 16);
      const bool up = fabs(above - exact) < fabs(exact - below) || (lower == 0x8000u && upper % 2 == 1);
      CHECK_EQUAL(rounded, lower == 0 || !up ? upper : next);
    }
  }
}

}  // namespace

int main() {
  products_follow_the_layouts();
  matrices_go_to_lanes_in_order<1, false>();
  matrices_go_to_lanes_in_order<1, true>();
  matrices_go_to_lanes_in_order<2, false>();
  matrices_go_to_lanes_in_order<2, true>();
  matrices_go_to_lanes_in_order<4, false>();
  matrices_go_to_lanes_in_order<4, true>();
  copies_arrive_when_they_are_waited_for();
  misuse_is_told();
  floats_round_to_bf16_to_nearest_even();
  return 0;
}
