// The instructions that CUDA C++ has no name for. Under the CUDA emulation, twins of the same names stand for them.
//
// Fragments of an m16n8k16 product lie across the 32 lanes of a warp, with g = lane / 4 and t = lane % 4:
//   A [16 x 16], row by row: a[0] = (g, 2t..), a[1] = (g + 8, 2t..), a[2] = (g, 8 + 2t..), a[3] = (g + 8, 8 + 2t..)
//   B [16 x 8]: b[0] = (2t.., g), b[1] = (8 + 2t.., g)
//   D [16 x 8]: d[0], d[1] = (g, 2t..), d[2], d[3] = (g + 8, 2t..)
// where 2t.. is a pair of bf16 of which the lower half of the register holds the first.
#pragma once

#include <cuda_bf16.h>
#include <stdint.h>

#ifdef MEMO_CUDA_EMULATION

#include "emulated_ptx.h"

namespace memo::cuda {
__device__ inline int thread_again() { return static_cast<int>(threadIdx.x); }
}  // namespace memo::cuda

#else

namespace memo::cuda {

// An address in the block's shared memory, to compute with.
using SharedAddress = uint32_t;

__device__ __forceinline__ SharedAddress shared_address(const void *pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

// d += a * b
__device__ __forceinline__ void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};\n"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four 8 x 8 matrices of bf16; lane i names the 16 bytes of row i % 8 of matrix i / 8. Matrix m comes into r[m], a row
// to each four lanes.
__device__ __forceinline__ void ldmatrix_x4(uint32_t (&r)[4], SharedAddress row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row)
               : "memory");
}

// The same, a column to each four lanes.
__device__ __forceinline__ void ldmatrix_x4_trans(uint32_t (&r)[4], SharedAddress row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row)
               : "memory");
}

__device__ __forceinline__ void store_shared_2(SharedAddress to, uint16_t bits) {
  asm volatile("st.shared.u16 [%0], %1;\n" ::"r"(to), "h"(bits) : "memory");
}

// Copies 16 bytes, or fills with zeros where not `present`; both addresses are aligned to 16 bytes.
__device__ __forceinline__ void cp_async_16(SharedAddress to, const void *from, bool present) {
  const uint32_t source_bytes = present ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(to), "l"(__cvta_generic_to_global(from)),
               "r"(source_bytes)
               : "memory");
}

// The same with 4 bytes.
__device__ __forceinline__ void cp_async_4(SharedAddress to, const void *from, bool present) {
  const uint32_t source_bytes = present ? 4 : 0;
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;\n" ::"r"(to), "l"(__cvta_generic_to_global(from)),
               "r"(source_bytes)
               : "memory");
}

__device__ __forceinline__ void cp_async_commit() { asm volatile("cp.async.commit_group;\n" ::: "memory"); }

// Until at most so many of the thread's latest committed groups are under way.
template <int kGroups>
__device__ __forceinline__ void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;\n" ::"n"(kGroups) : "memory");
}

// threadIdx.x, read again: what is computed from it in a loop stays there, and not in registers all along.
__device__ __forceinline__ int thread_again() {
  int thread;
  asm volatile("mov.u32 %0, %%tid.x;\n" : "=r"(thread));
  return thread;
}

// 2^x with a relative error of 2^-22; results below the smallest normal number are 0.
__device__ __forceinline__ float exp2_approximate(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;\n" : "=f"(y) : "f"(x));
  return y;
}

}  // namespace memo::cuda

#endif
