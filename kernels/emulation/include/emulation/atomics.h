// Atomic operations: true atomics, since blocks run on several threads of the operating system.
#pragma once

#include <stdint.h>
#include <string.h>

#include <type_traits>

#include "qualifiers.h"

namespace memo::emulation {

// Replaces *address by change(*address) and answers what was there.
template <class T, class Change>
T atomic_change(T *address, Change change) {
  using Bits = typename std::conditional<
      sizeof(T) == 2, uint16_t, typename std::conditional<sizeof(T) == 4, uint32_t, uint64_t>::type>::type;
  auto *bits = reinterpret_cast<Bits *>(address);
  Bits old = __atomic_load_n(bits, __ATOMIC_SEQ_CST);
  for (;;) {
    T value;
    memcpy(&value, &old, sizeof(T));
    const T changed = change(value);
    Bits wanted;
    memcpy(&wanted, &changed, sizeof(T));
    if (__atomic_compare_exchange_n(bits, &old, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return value;
  }
}

}  // namespace memo::emulation

#define MEMO_EMULATION_ATOMIC(name, T, expression)                                        \
  inline T name(T *address, T operand) {                                                  \
    return memo::emulation::atomic_change(address, [=](T old) -> T { return expression; }); \
  }                                                                                       \
  inline T name##_block(T *address, T operand) { return name(address, operand); }         \
  inline T name##_system(T *address, T operand) { return name(address, operand); }

#define MEMO_EMULATION_ATOMIC_INTEGERS(name, expression)            \
  MEMO_EMULATION_ATOMIC(name, int, expression)                      \
  MEMO_EMULATION_ATOMIC(name, unsigned int, expression)             \
  MEMO_EMULATION_ATOMIC(name, unsigned long long, expression)

MEMO_EMULATION_ATOMIC_INTEGERS(atomicAdd, old + operand)
MEMO_EMULATION_ATOMIC(atomicAdd, float, old + operand)
MEMO_EMULATION_ATOMIC(atomicAdd, double, old + operand)
MEMO_EMULATION_ATOMIC(atomicSub, int, old - operand)
MEMO_EMULATION_ATOMIC(atomicSub, unsigned int, old - operand)
MEMO_EMULATION_ATOMIC_INTEGERS(atomicMax, old < operand ? operand : old)
MEMO_EMULATION_ATOMIC(atomicMax, long long, old < operand ? operand : old)
MEMO_EMULATION_ATOMIC_INTEGERS(atomicMin, operand < old ? operand : old)
MEMO_EMULATION_ATOMIC(atomicMin, long long, operand < old ? operand : old)
MEMO_EMULATION_ATOMIC_INTEGERS(atomicAnd, old &operand)
MEMO_EMULATION_ATOMIC_INTEGERS(atomicOr, old | operand)
MEMO_EMULATION_ATOMIC_INTEGERS(atomicXor, old ^ operand)
MEMO_EMULATION_ATOMIC_INTEGERS(atomicExch, (static_cast<void>(old), operand))
MEMO_EMULATION_ATOMIC(atomicExch, float, (static_cast<void>(old), operand))
MEMO_EMULATION_ATOMIC(atomicInc, unsigned int, old >= operand ? 0 : old + 1)
MEMO_EMULATION_ATOMIC(atomicDec, unsigned int, old == 0 || old > operand ? operand : old - 1)

#define MEMO_EMULATION_COMPARE_AND_SWAP(T)                                                                        \
  inline T atomicCAS(T *address, T compare, T value) {                                                            \
    return memo::emulation::atomic_change(address, [=](T old) -> T { return old == compare ? value : old; });     \
  }                                                                                                               \
  inline T atomicCAS_block(T *address, T compare, T value) { return atomicCAS(address, compare, value); }         \
  inline T atomicCAS_system(T *address, T compare, T value) { return atomicCAS(address, compare, value); }
MEMO_EMULATION_COMPARE_AND_SWAP(int)
MEMO_EMULATION_COMPARE_AND_SWAP(unsigned int)
MEMO_EMULATION_COMPARE_AND_SWAP(unsigned long long)
MEMO_EMULATION_COMPARE_AND_SWAP(unsigned short)

#undef MEMO_EMULATION_COMPARE_AND_SWAP
#undef MEMO_EMULATION_ATOMIC_INTEGERS
#undef MEMO_EMULATION_ATOMIC
