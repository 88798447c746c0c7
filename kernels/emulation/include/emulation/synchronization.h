// Barriers, shuffles, votes and fences.
#pragma once

#include <string.h>

#include <type_traits>

#include "executor_api.h"

// The line of the caller: two barriers in different lines are different barriers.
#define MEMO_EMULATION_CALLER const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(MEMO_EMULATION_CALLER) {
  const memo::emulation::Place place{"__syncthreads", file, line};
  memo_emulation_barrier(0, 0, memo::emulation::Vote::kNone, 0, &place);
}
inline int __syncthreads_or(int predicate, MEMO_EMULATION_CALLER) {
  const memo::emulation::Place place{"__syncthreads_or", file, line};
  return memo_emulation_barrier(0, 0, memo::emulation::Vote::kOr, predicate, &place);
}
inline int __syncthreads_and(int predicate, MEMO_EMULATION_CALLER) {
  const memo::emulation::Place place{"__syncthreads_and", file, line};
  return memo_emulation_barrier(0, 0, memo::emulation::Vote::kAnd, predicate, &place);
}
inline int __syncthreads_count(int predicate, MEMO_EMULATION_CALLER) {
  const memo::emulation::Place place{"__syncthreads_count", file, line};
  return memo_emulation_barrier(0, 0, memo::emulation::Vote::kCount, predicate, &place);
}

// One thread's stores are seen by the next in order here; the fences stop the compiler, and other threads' caches.
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_system() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

namespace memo::emulation {

constexpr unsigned int kWholeWarp = 0xFFFFFFFFu;

inline void warp_barrier(void *const *, unsigned int) {}

enum class Shuffle { kIndex, kUp, kDown, kXor };

struct ShuffleLane {
  unsigned char in[16];
  unsigned char out[16];
  int operand;
  int width;
};

// The lane that a lane reads: itself when the one meant is outside its segment of `width` lanes.
template <Shuffle kind>
int shuffle_source(int lane, int operand, int width) {
  const int first = lane & ~(width - 1);
  const int last = first + width - 1;
  switch (kind) {
    case Shuffle::kIndex: return first + (operand & (width - 1));
    case Shuffle::kUp: return lane - operand >= first ? lane - operand : lane;
    case Shuffle::kDown: return lane + operand <= last ? lane + operand : lane;
    case Shuffle::kXor: return (lane ^ operand) <= last ? (lane ^ operand) : lane;
  }
  return lane;
}

// Reading a lane outside the mask gives garbage, as the hardware may.
template <Shuffle kind>
void shuffle_lanes(void *const *lanes, unsigned int) {
  for (int i = 0; i < 32; i++) {
    auto *lane = static_cast<ShuffleLane *>(lanes[i]);
    if (lane == nullptr) continue;
    const auto *source = static_cast<ShuffleLane *>(lanes[shuffle_source<kind>(i, lane->operand, lane->width)]);
    if (source == nullptr) {
      memset(lane->out, 0xFF, sizeof(lane->out));
    } else {
      memcpy(lane->out, source->in, sizeof(lane->out));
    }
  }
}

template <Shuffle kind, class T>
T shuffle(unsigned int mask, T value, int operand, int width, Place place) {
  static_assert(std::is_trivially_copyable<T>::value && sizeof(T) <= 16, "not a type that shuffles");
  if (width < 1 || width > 32 || (width & (width - 1)) != 0) {
    memo_emulation_fail(719, "a shuffle's width is not 1, 2, 4, 8, 16 or 32");
  }
  ShuffleLane lane = {};
  memcpy(lane.in, &value, sizeof(T));
  lane.operand = operand;
  lane.width = width;
  memo_emulation_warp(mask, shuffle_lanes<kind>, &lane, &place);
  memcpy(&value, lane.out, sizeof(T));
  return value;
}

struct VoteLane {
  unsigned int value;
  unsigned int out;
};

inline void ballot_lanes(void *const *lanes, unsigned int) {
  unsigned int votes = 0;
  for (int i = 0; i < 32; i++) {
    if (lanes[i] != nullptr && static_cast<VoteLane *>(lanes[i])->value != 0) votes |= 1u << i;
  }
  for (int i = 0; i < 32; i++) {
    if (lanes[i] != nullptr) static_cast<VoteLane *>(lanes[i])->out = votes;
  }
}

inline unsigned int ballot(unsigned int mask, int predicate, Place place) {
  VoteLane lane{predicate != 0, 0};
  memo_emulation_warp(mask, ballot_lanes, &lane, &place);
  return lane.out;
}

struct AddReduction {
  template <class T>
  T operator()(T a, T b) const {
    return a + b;
  }
};
struct MinReduction {
  template <class T>
  T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct MaxReduction {
  template <class T>
  T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

template <class T>
struct ReductionLane {
  T value;
};

template <class T, class Operation>
void reduce_lanes(void *const *lanes, unsigned int mask) {
  const int first = __builtin_ctz(mask);
  T total = static_cast<ReductionLane<T> *>(lanes[first])->value;
  for (int i = first + 1; i < 32; i++) {
    if (lanes[i] != nullptr) total = Operation()(total, static_cast<ReductionLane<T> *>(lanes[i])->value);
  }
  for (int i = first; i < 32; i++) {
    if (lanes[i] != nullptr) static_cast<ReductionLane<T> *>(lanes[i])->value = total;
  }
}

template <class Operation, class T>
T reduce(unsigned int mask, T value, Place place) {
  ReductionLane<T> lane{value};
  memo_emulation_warp(mask, reduce_lanes<T, Operation>, &lane, &place);
  return lane.value;
}

}  // namespace memo::emulation

inline void __syncwarp(unsigned int mask = memo::emulation::kWholeWarp, MEMO_EMULATION_CALLER) {
  const memo::emulation::Place place{"__syncwarp", file, line};
  memo_emulation_warp(mask, memo::emulation::warp_barrier, nullptr, &place);
}

template <class T>
T __shfl_sync(unsigned int mask, T value, int lane, int width = 32, MEMO_EMULATION_CALLER) {
  return memo::emulation::shuffle<memo::emulation::Shuffle::kIndex>(mask, value, lane, width,
                                                                    {"__shfl_sync", file, line});
}
template <class T>
T __shfl_up_sync(unsigned int mask, T value, unsigned int delta, int width = 32, MEMO_EMULATION_CALLER) {
  return memo::emulation::shuffle<memo::emulation::Shuffle::kUp>(mask, value, static_cast<int>(delta), width,
                                                                 {"__shfl_up_sync", file, line});
}
template <class T>
T __shfl_down_sync(unsigned int mask, T value, unsigned int delta, int width = 32, MEMO_EMULATION_CALLER) {
  return memo::emulation::shuffle<memo::emulation::Shuffle::kDown>(mask, value, static_cast<int>(delta), width,
                                                                   {"__shfl_down_sync", file, line});
}
template <class T>
T __shfl_xor_sync(unsigned int mask, T value, int lane_mask, int width = 32, MEMO_EMULATION_CALLER) {
  return memo::emulation::shuffle<memo::emulation::Shuffle::kXor>(mask, value, lane_mask, width,
                                                                  {"__shfl_xor_sync", file, line});
}

inline unsigned int __ballot_sync(unsigned int mask, int predicate, MEMO_EMULATION_CALLER) {
  return memo::emulation::ballot(mask, predicate, {"__ballot_sync", file, line});
}
inline int __any_sync(unsigned int mask, int predicate, MEMO_EMULATION_CALLER) {
  return memo::emulation::ballot(mask, predicate, {"__any_sync", file, line}) != 0;
}
inline int __all_sync(unsigned int mask, int predicate, MEMO_EMULATION_CALLER) {
  return memo::emulation::ballot(mask, predicate, {"__all_sync", file, line}) == mask;
}

#define MEMO_EMULATION_REDUCE(name, type, operation)                                                            \
  inline type name(unsigned int mask, type value, MEMO_EMULATION_CALLER) {                                      \
    return memo::emulation::reduce<memo::emulation::operation>(mask, value, {#name, file, line});               \
  }
MEMO_EMULATION_REDUCE(__reduce_add_sync, int, AddReduction)
MEMO_EMULATION_REDUCE(__reduce_add_sync, unsigned int, AddReduction)
MEMO_EMULATION_REDUCE(__reduce_min_sync, int, MinReduction)
MEMO_EMULATION_REDUCE(__reduce_min_sync, unsigned int, MinReduction)
MEMO_EMULATION_REDUCE(__reduce_max_sync, int, MaxReduction)
MEMO_EMULATION_REDUCE(__reduce_max_sync, unsigned int, MaxReduction)
#undef MEMO_EMULATION_REDUCE

[[noreturn]] inline void __trap() { memo_emulation_fail(719, "__trap was called"); }
inline void __nanosleep(unsigned int) {}
