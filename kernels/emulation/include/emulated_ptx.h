// Twins of the PTX instructions that kernels/flash/ptx.cuh wraps, with the same names.
//
// Facts of the PTX ISA (sections on matrix fragments of mma.m16n8k16, ldmatrix, stmatrix, cp.async), where
// g = lane / 4 and t = lane % 4:
//   m16n8k16 bf16: element i of A (i = 0..7, two to a register) is at row g (+ 8 for i = 2, 3, 6, 7) and column
//   2t + i % 2 (+ 8 for i >= 4); element i of B (0..3) is at row 2t + i % 2 (+ 8 for i >= 2) and column g; element i of
//   C and D (0..3) is at row g (+ 8 for i >= 2) and column 2t + i % 2.
//   ldmatrix: lane 8m + r names row r of matrix m; of each matrix a lane gets row g, columns 2t and 2t + 1, or, with
//   .trans, column g, rows 2t and 2t + 1. stmatrix is the inverse.
//   cp.async: bytes may arrive at any time until the thread waits for their group.
// How the hardware rounds while it adds up products is not stated; here each product is exact and each sum is rounded
// to f32, in order of k.
#pragma once

#include <stdint.h>
#include <string.h>

#include "cuda_bf16.h"
#include "cuda_runtime.h"

namespace memo::emulation {

struct MmaLane {
  float *d;
  const uint32_t *a;
  const uint32_t *b;
};

inline float low_half(uint32_t pair) { return __uint_as_float(pair << 16); }
inline float high_half(uint32_t pair) { return __uint_as_float(pair & 0xFFFF0000u); }

inline void gather_sums(void *const *lanes, float (&d)[16][8]) {
  for (int lane = 0; lane < 32; lane++) {
    const float *mine = static_cast<const MmaLane *>(lanes[lane])->d;
    for (int i = 0; i < 4; i++) d[lane / 4 + (i >= 2 ? 8 : 0)][lane % 4 * 2 + i % 2] = mine[i];
  }
}

inline void scatter_sums(void *const *lanes, const float (&d)[16][8]) {
  for (int lane = 0; lane < 32; lane++) {
    float *mine = static_cast<MmaLane *>(lanes[lane])->d;
    for (int i = 0; i < 4; i++) mine[i] = d[lane / 4 + (i >= 2 ? 8 : 0)][lane % 4 * 2 + i % 2];
  }
}

inline void mma_m16n8k16_bf16_lanes(void *const *lanes, unsigned int) {
  float a[16][16], b[16][8], d[16][8];
  gather_sums(lanes, d);
  for (int lane = 0; lane < 32; lane++) {
    const auto *mine = static_cast<const MmaLane *>(lanes[lane]);
    const int g = lane / 4, t = lane % 4;
    for (int i = 0; i < 8; i++) {
      const uint32_t pair = mine->a[i / 2];
      a[g + (i / 2 % 2 == 1 ? 8 : 0)][t * 2 + i % 2 + (i >= 4 ? 8 : 0)] = i % 2 == 0 ? low_half(pair) : high_half(pair);
    }
    for (int i = 0; i < 4; i++) {
      const uint32_t pair = mine->b[i / 2];
      b[t * 2 + i % 2 + (i >= 2 ? 8 : 0)][g] = i % 2 == 0 ? low_half(pair) : high_half(pair);
    }
  }
  for (int m = 0; m < 16; m++) {
    for (int k = 0; k < 16; k++) {
      for (int n = 0; n < 8; n++) d[m][n] += a[m][k] * b[k][n];
    }
  }
  scatter_sums(lanes, d);
}

struct MatrixLane {
  uintptr_t row;
  uint32_t *registers;
};

constexpr int kMatrixRowBytes = 16;

template <int kMatrices, bool kTransposed>
MEMO_EMULATION_UNCHECKED void load_matrix_lanes(void *const *lanes, unsigned int) {
  for (int matrix = 0; matrix < kMatrices; matrix++) {
    uint16_t elements[8][8];
    for (int row = 0; row < 8; row++) {
      const auto *names = static_cast<const MatrixLane *>(lanes[matrix * 8 + row]);
      memcpy(elements[row], reinterpret_cast<const void *>(names->row), kMatrixRowBytes);
    }
    for (int lane = 0; lane < 32; lane++) {
      const int g = lane / 4, t = lane % 4;
      const uint32_t low = kTransposed ? elements[2 * t][g] : elements[g][2 * t];
      const uint32_t high = kTransposed ? elements[2 * t + 1][g] : elements[g][2 * t + 1];
      static_cast<const MatrixLane *>(lanes[lane])->registers[matrix] = low | high << 16;
    }
  }
}

template <int kMatrices, bool kTransposed>
MEMO_EMULATION_UNCHECKED void store_matrix_lanes(void *const *lanes, unsigned int) {
  for (int matrix = 0; matrix < kMatrices; matrix++) {
    uint16_t elements[8][8];
    for (int lane = 0; lane < 32; lane++) {
      const int g = lane / 4, t = lane % 4;
      const uint32_t pair = static_cast<const MatrixLane *>(lanes[lane])->registers[matrix];
      (kTransposed ? elements[2 * t][g] : elements[g][2 * t]) = static_cast<uint16_t>(pair);
      (kTransposed ? elements[2 * t + 1][g] : elements[g][2 * t + 1]) = static_cast<uint16_t>(pair >> 16);
    }
    for (int row = 0; row < 8; row++) {
      const auto *names = static_cast<const MatrixLane *>(lanes[matrix * 8 + row]);
      memcpy(reinterpret_cast<void *>(names->row), elements[row], kMatrixRowBytes);
    }
  }
}

// Lanes that name no row may give any address.
template <int kMatrices>
void check_row(uintptr_t row, bool write, const char *operation) {
  if (memo_emulation_thread->lane >= kMatrices * 8) return;
  memo_emulation_check_shared(reinterpret_cast<const void *>(row), kMatrixRowBytes, kMatrixRowBytes, operation);
  if (kChecked) memo_emulation_access(reinterpret_cast<const void *>(row), kMatrixRowBytes, write);
}

template <int kMatrices, bool kTransposed>
void load_matrices(uint32_t *registers, uintptr_t row, const Place &place) {
  check_row<kMatrices>(row, false, place.operation);
  MatrixLane lane{row, registers};
  memo_emulation_warp(kWholeWarp, load_matrix_lanes<kMatrices, kTransposed>, &lane, &place);
}

template <int kMatrices, bool kTransposed>
void store_matrices(uintptr_t row, const uint32_t *registers, const Place &place) {
  check_row<kMatrices>(row, true, place.operation);
  MatrixLane lane{row, const_cast<uint32_t *>(registers)};
  memo_emulation_warp(kWholeWarp, store_matrix_lanes<kMatrices, kTransposed>, &lane, &place);
}

inline void copy_async(uintptr_t to, const void *from, bool present, int bytes) {
  memo_emulation_check_shared(reinterpret_cast<const void *>(to), bytes, bytes, "cp.async");
  if (present && reinterpret_cast<uintptr_t>(from) % static_cast<uintptr_t>(bytes) != 0) {
    memo_emulation_fail(716, "cp.async reads from a misaligned address");
  }
  memo_emulation_copy_async(reinterpret_cast<void *>(to), from, bytes, present ? bytes : 0, kChecked);
}

}  // namespace memo::emulation

namespace memo::cuda {

using SharedAddress = uintptr_t;

inline SharedAddress shared_address(const void *pointer) {
  memo_emulation_check_shared(pointer, 0, 1, "shared_address");
  return reinterpret_cast<uintptr_t>(pointer);
}

inline void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], MEMO_EMULATION_CALLER) {
  const emulation::Place place{"mma.m16n8k16", file, line};
  emulation::MmaLane lane{d, a, b};
  memo_emulation_warp(emulation::kWholeWarp, emulation::mma_m16n8k16_bf16_lanes, &lane, &place);
}

#define MEMO_EMULATION_MATRICES(n)                                                                       \
  inline void ldmatrix_x##n(uint32_t (&r)[n], SharedAddress row, MEMO_EMULATION_CALLER) {                \
    emulation::load_matrices<n, false>(r, row, {"ldmatrix.x" #n, file, line});                           \
  }                                                                                                      \
  inline void ldmatrix_x##n##_trans(uint32_t (&r)[n], SharedAddress row, MEMO_EMULATION_CALLER) {        \
    emulation::load_matrices<n, true>(r, row, {"ldmatrix.x" #n ".trans", file, line});                   \
  }                                                                                                      \
  inline void stmatrix_x##n(SharedAddress row, const uint32_t (&r)[n], MEMO_EMULATION_CALLER) {          \
    emulation::store_matrices<n, false>(row, r, {"stmatrix.x" #n, file, line});                          \
  }                                                                                                      \
  inline void stmatrix_x##n##_trans(SharedAddress row, const uint32_t (&r)[n], MEMO_EMULATION_CALLER) {  \
    emulation::store_matrices<n, true>(row, r, {"stmatrix.x" #n ".trans", file, line});                  \
  }
MEMO_EMULATION_MATRICES(1)
MEMO_EMULATION_MATRICES(2)
MEMO_EMULATION_MATRICES(4)
#undef MEMO_EMULATION_MATRICES

inline void store_shared_2(SharedAddress to, uint16_t bits) {
  memo_emulation_check_shared(reinterpret_cast<const void *>(to), sizeof(bits), sizeof(bits), "st.shared.u16");
  memcpy(reinterpret_cast<void *>(to), &bits, sizeof(bits));
}

inline void cp_async_16(SharedAddress to, const void *from, bool present) {
  emulation::copy_async(to, from, present, 16);
}
inline void cp_async_4(SharedAddress to, const void *from, bool present) {
  emulation::copy_async(to, from, present, 4);
}
inline void cp_async_commit() { memo_emulation_copy_async_commit(); }
template <int kGroups>
void cp_async_wait() {
  memo_emulation_copy_async_wait(kGroups);
}

// The instruction flushes what is below the smallest normal number, before and after.
inline float exp2_approximate(float x) {
  const float y = ::exp2f(x);
  return y < 1.17549435e-38f ? 0.0f : y;
}

}  // namespace memo::cuda
