// Loops over the columns of a row: for_lanes calls its body with whole Vecs, and at the end with what is left.
#pragma once

#include "simd.h"

namespace memo::MEMO_ISA {

constexpr int kSlots = 4;

// kWidth columns from `at`. The slot, 0 to kSlots - 1, chooses one of a sum's independent partial sums.
template <int kSlot>
struct WholeLanes {
  static constexpr int slot = kSlot;
  int64_t at;
  template <class Type>
  MEMO_FLAT Vec load(const Type *row) const {
    return memo::MEMO_ISA::load(row + at);
  }
  template <class Type>
  MEMO_FLAT void store(Type *row, Vec v) const {
    memo::MEMO_ISA::store(row + at, v);
  }
  MEMO_FLAT Vec or_else(Vec v, Vec) const { return v; }
};

// The last columns, fewer than kWidth: lanes beyond them load as zero and are not stored.
struct LastLanes {
  static constexpr int slot = 0;
  int64_t at;
  int count;
  template <class Type>
  MEMO_FLAT Vec load(const Type *row) const {
    return load_first(row + at, count);
  }
  template <class Type>
  MEMO_FLAT void store(Type *row, Vec v) const {
    store_first(row + at, v, count);
  }
  // The fill in the lanes beyond the row, where zero or what was made of it would do harm.
  MEMO_FLAT Vec or_else(Vec v, Vec fill) const { return first_lanes(count) ? v : fill; }
};

// The body is a lambda [..](auto lanes) MEMO_FLAT {..}; being flat keeps sums captured by reference in registers.
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
  MEMO_FLAT void add(Lanes, Vec v) {
    slots[Lanes::slot] += v;
  }
  // slots += a * b
  template <class Lanes>
  MEMO_FLAT void add_product(Lanes, Vec a, Vec b) {
    slots[Lanes::slot] = fma(a, b, slots[Lanes::slot]);
  }
  MEMO_FLAT float total() const {
    return sum((slots[0] + slots[1]) + (slots[2] + slots[3]));
  }
};

}  // namespace memo::MEMO_ISA
