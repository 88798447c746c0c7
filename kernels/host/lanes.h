// Loops over the columns of a row: for_lanes calls its body with whole Vecs, and at the end with what is left.
#pragma once

#include "simd.h"

namespace memo::MEMO_ISA {

// kWidth columns from `at`. The slot, 0 to kSlots - 1, chooses one of a sum's independent partial sums.
constexpr int kSlots = 4;

template <int kSlot>
struct WholeLanes {
  static constexpr int slot = kSlot;
  int64_t at;
  __attribute__((always_inline)) Vec load(const float *row) const { return memo::MEMO_ISA::load(row + at); }
  __attribute__((always_inline)) void store(float *row, Vec v) const { memo::MEMO_ISA::store(row + at, v); }
  __attribute__((always_inline)) Vec only(Vec v) const { return v; }
};

// The last columns, fewer than kWidth: lanes beyond them load as zero and are not stored.
struct LastLanes {
  static constexpr int slot = 0;
  int64_t at;
  int count;
  __attribute__((always_inline)) Vec load(const float *row) const { return load_first(row + at, count); }
  __attribute__((always_inline)) void store(float *row, Vec v) const { store_first(row + at, v, count); }
  // Zero in the lanes beyond the row, for values that are not zero where the loaded ones are.
  __attribute__((always_inline)) Vec only(Vec v) const {
    return reinterpret_cast<Vec>(reinterpret_cast<IntVec>(v) & first_lanes(count));
  }
};

template <class Body>
MEMO_INLINE void for_lanes(int64_t begin, int64_t end, Body body) {
  int64_t at = begin;
  for (; at + kSlots * kWidth <= end; at += kSlots * kWidth) {
    body(WholeLanes<0>{at});
    body(WholeLanes<1>{at + kWidth});
    body(WholeLanes<2>{at + 2 * kWidth});
    body(WholeLanes<3>{at + 3 * kWidth});
  }
  for (; at + kWidth <= end; at += kWidth) body(WholeLanes<0>{at});
  if (at < end) body(LastLanes{at, static_cast<int>(end - at)});
}

// A sum over columns in kSlots * kWidth independent partial sums: fast, and closer than one running sum.
struct LaneSum {
  Vec slots[kSlots] = {};
  template <class Lanes>
  __attribute__((always_inline)) void add(Lanes, Vec v) {
    slots[Lanes::slot] += v;
  }
  // slots += a * b
  template <class Lanes>
  __attribute__((always_inline)) void add_product(Lanes, Vec a, Vec b) {
    slots[Lanes::slot] = fma(a, b, slots[Lanes::slot]);
  }
  __attribute__((always_inline)) float total() const {
    return sum((slots[0] + slots[1]) + (slots[2] + slots[3]));
  }
};

}  // namespace memo::MEMO_ISA
