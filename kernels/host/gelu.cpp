#include "kernel_table.h"
#include "lanes.h"
#include "simd_math.h"
#include "storage.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

constexpr float kCubic = 0.044715f;
constexpr float kTwiceRootTwoOverPi = 1.5957691216057308f;

// 0.5 (1 + tanh(u)) is sigmoid(2 u), which does not cancel where x is far below zero. This is that 2 u.
MEMO_INLINE Vec twice_inner(Vec x) { return kTwiceRootTwoOverPi * x * fma(kCubic * x, x, splat(1.0f)); }

}  // namespace

void MEMO_TYPED(gelu_forward)(const Element *x, Element *act, int64_t n) {
  const int parts = num_parts(n);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(n, part, parts, kLineElements);
    for_lanes(range.begin, range.end, [=](auto lanes) MEMO_FLAT {
      const Vec value = lanes.load(x);
      lanes.store(act, value * sigmoid(twice_inner(value)));
    });
  });
}

void MEMO_TYPED(gelu_backward)(Element *x, Element *dact, int64_t n) {
  const int parts = num_parts(n);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(n, part, parts, kLineElements);
    for_lanes(range.begin, range.end, [=](auto lanes) MEMO_FLAT {
      const Vec value = lanes.load(x);
      const Vec s = sigmoid(twice_inner(value));
      const Vec inner_slope = kTwiceRootTwoOverPi * fma(3.0f * kCubic * value, value, splat(1.0f));
      const Vec act = value * s;
      lanes.store(x, lanes.load(dact) * fma(act * (1.0f - s), inner_slope, s));
      lanes.store(dact, act);
    });
  });
}

}  // namespace memo::MEMO_ISA
