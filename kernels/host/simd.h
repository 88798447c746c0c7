// SIMD on GCC's vector extensions: a Vec of kWidth floats, as wide as the instruction set that is compiled for.
//
// Everything here is in the namespace of the instruction set and has internal linkage: were it not, the linker could
// merge an AVX-512 copy of a function into the code for older processors. For the same reason kernels use no
// templates of the standard library.
#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define MEMO_FLAT __attribute__((always_inline))
#define MEMO_INLINE static inline MEMO_FLAT

namespace memo::MEMO_ISA {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX2__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif

typedef float Vec __attribute__((vector_size(kWidth * 4)));
typedef int32_t IntVec __attribute__((vector_size(kWidth * 4)));
typedef uint32_t BitVec __attribute__((vector_size(kWidth * 4)));
typedef float UnalignedVec __attribute__((vector_size(kWidth * 4), aligned(4), may_alias));
typedef uint16_t Bf16Vec __attribute__((vector_size(kWidth * 2)));
typedef uint16_t UnalignedBf16Vec __attribute__((vector_size(kWidth * 2), aligned(2), may_alias));

MEMO_INLINE Vec splat(float x) { return x - Vec{}; }

MEMO_INLINE Vec load(const float *p) { return *reinterpret_cast<const UnalignedVec *>(p); }

MEMO_INLINE void store(float *p, Vec v) { *reinterpret_cast<UnalignedVec *>(p) = v; }

// bf16: the upper half of an f32.
MEMO_INLINE Vec widened(Bf16Vec halves) {
  return reinterpret_cast<Vec>(__builtin_convertvector(halves, BitVec) << 16);
}

// To the nearest, ties to even, subnormal numbers too; a NaN stays one. Not VCVTNEPS2BF16, which makes subnormals zero.
MEMO_INLINE Bf16Vec rounded(Vec v) {
  const BitVec bits = reinterpret_cast<BitVec>(v);
  const BitVec nearest = bits + 0x7FFF + ((bits >> 16) & 1);
  const BitVec quiet = bits | 0x400000;  // the upper half of a NaN alone could be an infinity
  return __builtin_convertvector((v == v ? nearest : quiet) >> 16, Bf16Vec);
}

MEMO_INLINE Vec load(const uint16_t *p) { return widened(*reinterpret_cast<const UnalignedBf16Vec *>(p)); }

MEMO_INLINE void store(uint16_t *p, Vec v) { *reinterpret_cast<UnalignedBf16Vec *>(p) = rounded(v); }

// The first `count` lanes, 0 to kWidth, are all ones, the rest zeros.
MEMO_INLINE IntVec first_lanes(int count) {
  IntVec index;
  for (int i = 0; i < kWidth; i++) index[i] = i;
  return index < count;
}

// The first `count` floats of p, and zeros; reads nothing beyond them.
MEMO_INLINE Vec load_first(const float *p, int count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p);
#elif defined(__AVX2__)
  return _mm256_maskload_ps(p, reinterpret_cast<__m256i>(first_lanes(count)));
#else
  Vec v = {};
  for (int i = 0; i < count; i++) v[i] = p[i];
  return v;
#endif
}

MEMO_INLINE void store_first(float *p, Vec v, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, reinterpret_cast<__m256i>(first_lanes(count)), v);
#else
  for (int i = 0; i < count; i++) p[i] = v[i];
#endif
}

MEMO_INLINE Vec load_first(const uint16_t *p, int count) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  const __m256i halves = _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << count) - 1), p);
  return widened(reinterpret_cast<Bf16Vec>(halves));
#else
  Bf16Vec halves = {};
  for (int i = 0; i < count; i++) halves[i] = p[i];
  return widened(halves);
#endif
}

MEMO_INLINE void store_first(uint16_t *p, Vec v, int count) {
  const Bf16Vec halves = rounded(v);
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  const __mmask16 mask = static_cast<__mmask16>((1u << count) - 1);
  _mm256_mask_storeu_epi16(p, mask, reinterpret_cast<__m256i>(halves));
#else
  for (int i = 0; i < count; i++) p[i] = halves[i];
#endif
}

// a * b + c, one rounding where the instruction set has FMA (-ffp-contract=fast).
MEMO_INLINE Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

// Lane by lane; where either is NaN, b.
MEMO_INLINE Vec max(Vec a, Vec b) {
#if defined(__AVX512F__)
  return _mm512_max_ps(a, b);
#elif defined(__AVX2__)
  return _mm256_max_ps(a, b);
#elif defined(__SSE2__)
  return _mm_max_ps(a, b);
#else
  return a > b ? a : b;
#endif
}

MEMO_INLINE Vec min(Vec a, Vec b) {
#if defined(__AVX512F__)
  return _mm512_min_ps(a, b);
#elif defined(__AVX2__)
  return _mm256_min_ps(a, b);
#elif defined(__SSE2__)
  return _mm_min_ps(a, b);
#else
  return a < b ? a : b;
#endif
}

MEMO_INLINE Vec sqrt(Vec v) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(v);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(v);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(v);
#else
  for (int i = 0; i < kWidth; i++) v[i] = __builtin_sqrtf(v[i]);
  return v;
#endif
}

// The sum of the lanes, in halves, so that its rounding error grows with log(kWidth).
MEMO_INLINE float sum(Vec v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps(v);
#else
  float lanes[kWidth];
  memcpy(lanes, &v, sizeof v);
  for (int half = kWidth / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
#endif
}

// The largest lane; NaNs may or may not win.
MEMO_INLINE float largest(Vec v) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps(v);
#else
  float lanes[kWidth];
  memcpy(lanes, &v, sizeof v);
  for (int half = kWidth / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
  }
  return lanes[0];
#endif
}

}  // namespace memo::MEMO_ISA
