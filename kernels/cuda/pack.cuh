// Elements of a storage type, loaded and stored W at a time and computed with as f32.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>
#include <stdint.h>
#include <string.h>

#include "device.h"

namespace memo::cuda {

using bf16 = __nv_bfloat16;

// As many elements as one access of 16 bytes moves.
template <class T>
constexpr int kWide = 16 / static_cast<int>(sizeof(T));

template <class T, int W>
struct alignas(sizeof(T) * W) Pack {
  T v[W];
};

template <int W>
struct Floats {
  float v[W];
};

// What one instruction moves.
template <size_t kBytes>
struct Word;
template <>
struct Word<2> {
  using type = unsigned short;
};
template <>
struct Word<4> {
  using type = unsigned;
};
template <>
struct Word<8> {
  using type = uint2;
};
template <>
struct Word<16> {
  using type = uint4;
};

template <int W, class T>
__device__ __forceinline__ Pack<T, W> load(const T *from) {
  const auto word = *reinterpret_cast<const typename Word<sizeof(T) * W>::type *>(from);
  Pack<T, W> pack;
  memcpy(&pack, &word, sizeof pack);
  return pack;
}

template <class T, int W>
__device__ __forceinline__ typename Word<sizeof(T) * W>::type word_of(const Pack<T, W> &pack) {
  typename Word<sizeof(T) * W>::type word;
  memcpy(&word, &pack, sizeof word);
  return word;
}

// To global memory. An assignment through a pointer may be torn apart into one of each member; the intrinsic is not.
template <class T, int W>
__device__ __forceinline__ void store(T *to, const Pack<T, W> &pack) {
  __stwb(reinterpret_cast<typename Word<sizeof(T) * W>::type *>(to), word_of(pack));
}

// 16 bytes to shared memory.
__device__ __forceinline__ void store_shared(float *to, const Pack<float, 4> &pack) {
#ifndef MEMO_CUDA_EMULATION
  asm volatile("st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
               "f"(pack.v[0]), "f"(pack.v[1]), "f"(pack.v[2]), "f"(pack.v[3])
               : "memory");
#else
  *reinterpret_cast<Pack<float, 4> *>(to) = pack;
#endif
}

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(bf16 value) { return __bfloat162float(value); }

template <class T, int W>
__device__ __forceinline__ Floats<W> widen(const Pack<T, W> &pack) {
  Floats<W> floats;
#pragma unroll
  for (int i = 0; i < W; i++) floats.v[i] = to_float(pack.v[i]);
  return floats;
}

__device__ __forceinline__ void round_to(float *to, float value) { *to = value; }
__device__ __forceinline__ void round_to(bf16 *to, float value) { *to = __float2bfloat16_rn(value); }

template <class T, int W>
__device__ __forceinline__ Pack<T, W> narrow(const Floats<W> &floats) {
  Pack<T, W> pack;
  if constexpr (sizeof(T) == 2 && W % 2 == 0) {  // one instruction rounds two
#pragma unroll
    for (int i = 0; i < W; i += 2) {
      const __nv_bfloat162 pair = __floats2bfloat162_rn(floats.v[i], floats.v[i + 1]);
      pack.v[i] = pair.x;
      pack.v[i + 1] = pair.y;
    }
  } else {
#pragma unroll
    for (int i = 0; i < W; i++) round_to(&pack.v[i], floats.v[i]);
  }
  return pack;
}

template <class T, int W>
__device__ __forceinline__ void store_rounded(T *to, const Floats<W> &floats) {
  store(to, narrow<T>(floats));
}

// f32 where the storage type may be another: 16 bytes at a time where there are as many.
template <int W>
__device__ __forceinline__ Floats<W> load_floats(const float *from) {
  constexpr int kStep = W < 4 ? W : 4;
  Floats<W> floats;
#pragma unroll
  for (int first = 0; first < W; first += kStep) {
    const Pack<float, kStep> part = load<kStep>(from + first);
#pragma unroll
    for (int i = 0; i < kStep; i++) floats.v[first + i] = part.v[i];
  }
  return floats;
}

template <int W>
__device__ __forceinline__ void store_floats(float *to, const Floats<W> &floats) {
  constexpr int kStep = W < 4 ? W : 4;
#pragma unroll
  for (int first = 0; first < W; first += kStep) {
    Pack<float, kStep> part;
#pragma unroll
    for (int i = 0; i < kStep; i++) part.v[i] = floats.v[first + i];
    store(to + first, part);
  }
}

// Between two uses of a pack that is kept in registers: stops the compiler from keeping its elements as f32 instead,
// which takes twice the registers. The instruction is empty.
template <class T, int W>
__device__ __forceinline__ void stay_packed(Pack<T, W> &pack) {
#ifndef MEMO_CUDA_EMULATION
  if constexpr (sizeof(T) == 2 && W == 8) {
    unsigned words[4];
    memcpy(words, &pack, sizeof words);
    asm volatile("" : "+r"(words[0]), "+r"(words[1]), "+r"(words[2]), "+r"(words[3]));
    memcpy(&pack, words, sizeof words);
  }
#else
  (void)pack;
#endif
}

// 1 / (1 + e^-x); the fast division is 2 ulp, and 0 where e^-x is beyond 2^126.
__device__ __forceinline__ float sigmoid(float x) { return __fdividef(1.0f, 1.0f + expf(-x)); }

// Calls body(a null pointer to the storage type).
template <class Body>
void with_type(int type, Body body) {
  require_type(type);
  if (type == MEMO_F32) {
    body(static_cast<float *>(nullptr));
  } else {
    body(static_cast<bf16 *>(nullptr));
  }
}

// Whether all pointers are aligned to 16 bytes.
template <class... Pointers>
bool wide(const Pointers *...pointers) {
  return (aligned(pointers, 16) && ...);
}

}  // namespace memo::cuda
