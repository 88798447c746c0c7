// What the compiler's thread sanitizer calls in kernels of the checked build, before each access to memory.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "block.h"

namespace {

using memo::emulation::AccessKind;
using memo::emulation::BlockRunner;
using memo::emulation::current_runner;

inline void look(const volatile void *address, size_t bytes, AccessKind kind, const void *from) {
  BlockRunner *runner = current_runner();
  if (runner != nullptr && runner->running()) runner->access(const_cast<const void *>(address), bytes, kind, from);
}

}  // namespace

#define LOOK(address, bytes, kind) look(address, bytes, AccessKind::kind, __builtin_return_address(0))

#define PLAIN_ACCESSES(bytes)                                                                          \
  void __tsan_read##bytes(void *address) { LOOK(address, bytes, kRead); }                              \
  void __tsan_write##bytes(void *address) { LOOK(address, bytes, kWrite); }                            \
  void __tsan_unaligned_read##bytes(void *address) { LOOK(address, bytes, kRead); }                    \
  void __tsan_unaligned_write##bytes(void *address) { LOOK(address, bytes, kWrite); }                  \
  void __tsan_volatile_read##bytes(void *address) { LOOK(address, bytes, kRead); }                     \
  void __tsan_volatile_write##bytes(void *address) { LOOK(address, bytes, kWrite); }

#define ATOMIC_ACCESSES(bits)                                                                                     \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *address, int) {                        \
    LOOK(address, bits / 8, kAtomicRead);                                                                         \
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);                                                            \
  }                                                                                                               \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile uint##bits##_t *address, uint##bits##_t *expected,   \
                                                    uint##bits##_t desired, int, int) {                           \
    LOOK(address, bits / 8, kAtomicWrite);                                                                        \
    return __atomic_compare_exchange_n(address, expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
  }

extern "C" {

void __tsan_init() {}
void __tsan_vptr_update(void **, void *) {}
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_read_range(void *address, size_t bytes) { LOOK(address, bytes, kRead); }
void __tsan_write_range(void *address, size_t bytes) { LOOK(address, bytes, kWrite); }

PLAIN_ACCESSES(1)
PLAIN_ACCESSES(2)
PLAIN_ACCESSES(4)
PLAIN_ACCESSES(8)
PLAIN_ACCESSES(16)
ATOMIC_ACCESSES(16)
ATOMIC_ACCESSES(32)
ATOMIC_ACCESSES(64)
}
