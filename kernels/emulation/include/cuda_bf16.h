// bfloat16 for the CUDA emulation: storage and conversions. Arithmetic is left out on purpose: our kernels compute in
// f32.
#pragma once

#include <stdint.h>
#include <string.h>

#include "emulation/arithmetic.h"
#include "emulation/vectors.h"

struct __nv_bfloat16_raw {
  unsigned short x;
};

struct __align__(2) __nv_bfloat16 {
  __nv_bfloat16() = default;
  __nv_bfloat16(__nv_bfloat16_raw raw) : bits_(raw.x) {}
  explicit __nv_bfloat16(float value);
  operator __nv_bfloat16_raw() const { return {bits_}; }
  explicit operator float() const;

 private:
  unsigned short bits_;
};

struct __align__(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
  __nv_bfloat162() = default;
  __nv_bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) : x(x), y(y) {}
};

using nv_bfloat16 = __nv_bfloat16;
using nv_bfloat162 = __nv_bfloat162;

inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 v) { return static_cast<__nv_bfloat16_raw>(v).x; }
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short v) { return __nv_bfloat16_raw{v}; }
inline short __bfloat16_as_short(__nv_bfloat16 v) { return static_cast<short>(__bfloat16_as_ushort(v)); }
inline __nv_bfloat16 __short_as_bfloat16(short v) { return __ushort_as_bfloat16(static_cast<unsigned short>(v)); }

inline float __bfloat162float(__nv_bfloat16 v) {
  return __uint_as_float(static_cast<unsigned int>(__bfloat16_as_ushort(v)) << 16);
}

// To nearest, ties to even; every NaN becomes 0x7FFF, as the hardware's conversion makes it.
inline __nv_bfloat16 __float2bfloat16_rn(float v) {
  const unsigned int bits = __float_as_uint(v);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return __ushort_as_bfloat16(0x7FFF);
  const unsigned int half_minus_even = 0x7FFFu + ((bits >> 16) & 1u);
  return __ushort_as_bfloat16(static_cast<unsigned short>((bits + half_minus_even) >> 16));
}
inline __nv_bfloat16 __float2bfloat16(float v) { return __float2bfloat16_rn(v); }
inline __nv_bfloat16 __float2bfloat16_rz(float v) {
  const unsigned int bits = __float_as_uint(v);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return __ushort_as_bfloat16(0x7FFF);
  return __ushort_as_bfloat16(static_cast<unsigned short>(bits >> 16));
}

inline __nv_bfloat16::__nv_bfloat16(float value) : bits_(__bfloat16_as_ushort(__float2bfloat16_rn(value))) {}
inline __nv_bfloat16::operator float() const { return __bfloat162float(*this); }

inline __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 low, __nv_bfloat16 high) { return {low, high}; }
inline __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 v) { return {v, v}; }
inline __nv_bfloat162 __floats2bfloat162_rn(float low, float high) {
  return {__float2bfloat16_rn(low), __float2bfloat16_rn(high)};
}
inline __nv_bfloat162 __float22bfloat162_rn(float2 v) { return __floats2bfloat162_rn(v.x, v.y); }
inline __nv_bfloat162 __float2bfloat162_rn(float v) { return __floats2bfloat162_rn(v, v); }
inline float2 __bfloat1622float2(__nv_bfloat162 v) { return {__bfloat162float(v.x), __bfloat162float(v.y)}; }
inline __nv_bfloat16 __low2bfloat16(__nv_bfloat162 v) { return v.x; }
inline __nv_bfloat16 __high2bfloat16(__nv_bfloat162 v) { return v.y; }
inline float __low2float(__nv_bfloat162 v) { return __bfloat162float(v.x); }
inline float __high2float(__nv_bfloat162 v) { return __bfloat162float(v.y); }
