// Loads with cache hints, casts of bits, integer and floating-point intrinsics. The fast-math ones are exact here.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "qualifiers.h"

#define MEMO_EMULATION_LOAD(name)      \
  template <class T>                   \
  inline T name(const T *address) {    \
    return *address;                   \
  }
#define MEMO_EMULATION_STORE(name)             \
  template <class T>                           \
  inline void name(T *address, T value) {      \
    *address = value;                          \
  }
MEMO_EMULATION_LOAD(__ldg)
MEMO_EMULATION_LOAD(__ldca)
MEMO_EMULATION_LOAD(__ldcg)
MEMO_EMULATION_LOAD(__ldcs)
MEMO_EMULATION_LOAD(__ldcv)
MEMO_EMULATION_LOAD(__ldlu)
MEMO_EMULATION_STORE(__stwb)
MEMO_EMULATION_STORE(__stcg)
MEMO_EMULATION_STORE(__stcs)
MEMO_EMULATION_STORE(__stwt)
#undef MEMO_EMULATION_LOAD
#undef MEMO_EMULATION_STORE

namespace memo::emulation {

template <class To, class From>
inline To bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "not of one size");
  To to;
  memcpy(&to, &from, sizeof(to));
  return to;
}

}  // namespace memo::emulation

inline float __int_as_float(int v) { return memo::emulation::bits<float>(v); }
inline float __uint_as_float(unsigned int v) { return memo::emulation::bits<float>(v); }
inline int __float_as_int(float v) { return memo::emulation::bits<int>(v); }
inline unsigned int __float_as_uint(float v) { return memo::emulation::bits<unsigned int>(v); }
inline double __longlong_as_double(long long v) { return memo::emulation::bits<double>(v); }
inline long long __double_as_longlong(double v) { return memo::emulation::bits<long long>(v); }

inline float __expf(float x) { return ::expf(x); }
inline float __exp10f(float x) { return ::powf(10.0f, x); }
inline float __logf(float x) { return ::logf(x); }
inline float __log2f(float x) { return ::log2f(x); }
inline float __log10f(float x) { return ::log10f(x); }
inline float __sinf(float x) { return ::sinf(x); }
inline float __cosf(float x) { return ::cosf(x); }
inline float __tanf(float x) { return ::tanf(x); }
inline float __powf(float x, float y) { return ::powf(x, y); }
inline void __sincosf(float x, float *sine, float *cosine) {
  *sine = ::sinf(x);
  *cosine = ::cosf(x);
}
inline float __fdividef(float x, float y) { return x / y; }
inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1.0f) : 0.0f; }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return ::sqrtf(a); }
inline float __frsqrt_rn(float a) { return static_cast<float>(1.0 / ::sqrt(static_cast<double>(a))); }
inline float __fmaf_rn(float a, float b, float c) { return ::fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return ::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return ::fma(a, b, c); }

inline float rsqrtf(float a) { return static_cast<float>(1.0 / ::sqrt(static_cast<double>(a))); }
inline double rsqrt(double a) { return 1.0 / ::sqrt(a); }
inline float normcdff(float a) { return 0.5f * ::erfcf(-a * 0.70710678f); }

inline float __double2float_rn(double v) { return static_cast<float>(v); }
inline float __int2float_rn(int v) { return static_cast<float>(v); }
inline float __uint2float_rn(unsigned int v) { return static_cast<float>(v); }
inline float __ll2float_rn(long long v) { return static_cast<float>(v); }
inline double __ll2double_rn(long long v) { return static_cast<double>(v); }
inline int __float2int_rn(float v) { return static_cast<int>(::nearbyintf(v)); }
inline int __float2int_rz(float v) { return static_cast<int>(v); }
inline int __float2int_rd(float v) { return static_cast<int>(::floorf(v)); }
inline unsigned int __float2uint_rn(float v) { return static_cast<unsigned int>(::nearbyintf(v)); }

inline int __popc(unsigned int v) { return __builtin_popcount(v); }
inline int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
inline int __clz(int v) { return v == 0 ? 32 : __builtin_clz(static_cast<unsigned int>(v)); }
inline int __clzll(long long v) { return v == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(v)); }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline int __ffsll(long long v) { return __builtin_ffsll(v); }
inline unsigned int __brev(unsigned int v) {
  unsigned int reversed = 0;
  for (int i = 0; i < 32; i++) reversed |= ((v >> i) & 1u) << (31 - i);
  return reversed;
}
inline int __mulhi(int a, int b) { return static_cast<int>((static_cast<int64_t>(a) * b) >> 32); }
inline unsigned int __umulhi(unsigned int a, unsigned int b) {
  return static_cast<unsigned int>((static_cast<uint64_t>(a) * b) >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>((static_cast<unsigned __int128>(a) * b) >> 64);
}
// Each nibble of the selector picks a byte of y:x; its high bit spreads that byte's sign.
inline unsigned int __byte_perm(unsigned int x, unsigned int y, unsigned int selector) {
  const uint64_t both = (static_cast<uint64_t>(y) << 32) | x;
  unsigned int result = 0;
  for (int i = 0; i < 4; i++) {
    const unsigned int pick = (selector >> (4 * i)) & 0xF;
    unsigned int byte = (both >> (8 * (pick & 7))) & 0xFF;
    if ((pick & 8) != 0) byte = (byte & 0x80) != 0 ? 0xFF : 0;
    result |= byte << (8 * i);
  }
  return result;
}
inline unsigned int __funnelshift_l(unsigned int low, unsigned int high, unsigned int shift) {
  return static_cast<unsigned int>((((static_cast<uint64_t>(high) << 32) | low) << (shift & 31)) >> 32);
}
inline unsigned int __funnelshift_r(unsigned int low, unsigned int high, unsigned int shift) {
  return static_cast<unsigned int>(((static_cast<uint64_t>(high) << 32) | low) >> (shift & 31));
}

#define MEMO_EMULATION_MIN_MAX(T)                            \
  inline T min(T a, T b) { return b < a ? b : a; }           \
  inline T max(T a, T b) { return a < b ? b : a; }
MEMO_EMULATION_MIN_MAX(int)
MEMO_EMULATION_MIN_MAX(unsigned int)
MEMO_EMULATION_MIN_MAX(long)
MEMO_EMULATION_MIN_MAX(unsigned long)
MEMO_EMULATION_MIN_MAX(long long)
MEMO_EMULATION_MIN_MAX(unsigned long long)
#undef MEMO_EMULATION_MIN_MAX
// As fminf and fmaxf: a number is preferred to a NaN.
inline float min(float a, float b) { return ::fminf(a, b); }
inline float max(float a, float b) { return ::fmaxf(a, b); }
inline double min(double a, double b) { return ::fmin(a, b); }
inline double max(double a, double b) { return ::fmax(a, b); }

