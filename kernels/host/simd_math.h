// exp and sigmoid of a Vec.
#pragma once

#include "simd.h"

namespace memo::MEMO_ISA {

#if !defined(__AVX512F__)
// 2^k for k in [-126, 127].
MEMO_INLINE Vec power_of_two(IntVec k) { return reinterpret_cast<Vec>((k + 127) << 23); }
#endif

// e^x within 1 ulp for every x, subnormal results included; exp(-inf) = 0, exp(inf) = inf, exp(NaN) = NaN.
// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r = 1 + r + r^2 q(r), q the minimax polynomial of degree 4 (3e-9).
MEMO_INLINE Vec exp(Vec x) {
  // Beyond these the result is 0 or inf anyway; a NaN passes both.
  x = min(splat(90.0f), max(splat(-105.0f), x));
  const Vec rounder = splat(0x1.8p23f);  // adding it leaves no room for fraction bits
  const Vec shifted = fma(x, splat(0x1.715476p0f), rounder);
  const Vec n = shifted - rounder;
  // ln 2 in two parts, the first with so few bits that n times it is exact.
  Vec r = fma(n, splat(-0.693359375f), x);
  r = fma(n, splat(2.12194440e-4f), r);
  Vec q = splat(0.001381461276f);
  q = fma(q, r, splat(0.008368710056f));
  q = fma(q, r, splat(0.04166838899f));
  q = fma(q, r, splat(0.1666652113f));
  q = fma(q, r, splat(0.4999999404f));
  const Vec power = fma(r * r, q, r) + 1.0f;
#if defined(__AVX512F__)
  return _mm512_scalef_ps(power, n);
#else
  const IntVec k = reinterpret_cast<IntVec>(shifted) - 0x4B400000;  // the bits of the rounder
  const IntVec half = k >> 1;  // in two steps: 2^k itself may not be a normal number
  return power * power_of_two(half) * power_of_two(k - half);
#endif
}

// 1 / (1 + e^-x)
MEMO_INLINE Vec sigmoid(Vec x) { return 1.0f / (1.0f + exp(-x)); }

}  // namespace memo::MEMO_ISA
