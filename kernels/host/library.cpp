// The functions of the ABI about the library itself, and the choice of the instruction set.
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <atomic>

#include "errors.h"
#include "kernel_table.h"
#include "scratch.h"

namespace memo {
namespace {

struct Candidate {
  const KernelTable *table;
  bool supported;
};

// Null where the processor lacks it or there is none of this name; a null name asks for the best.
const KernelTable *find_table(const char *name) {
#if defined(MEMO_HAVE_X86_ISAS)
  __builtin_cpu_init();
  const Candidate candidates[] = {{&avx512::table, __builtin_cpu_supports("x86-64-v4") != 0},
                                  {&avx2::table, __builtin_cpu_supports("x86-64-v3") != 0},
                                  {&portable::table, true}};
#else
  const Candidate candidates[] = {{&portable::table, true}};
#endif
  for (const Candidate &candidate : candidates) {
    const bool wanted = name == nullptr || strcmp(name, candidate.table->isa) == 0;
    if (wanted && candidate.supported) return candidate.table;
  }
  return nullptr;
}

std::atomic<const KernelTable *> current{find_table(getenv("MEMO_ISA"))};

}  // namespace

const KernelTable &kernels() {
  const KernelTable *table = current.load(std::memory_order_acquire);
  if (table == nullptr) {
    throw Failure(MEMO_UNSUPPORTED, "the environment variable MEMO_ISA=%s names no instruction set of this processor",
                  getenv("MEMO_ISA"));
  }
  return *table;
}

}  // namespace memo

int memo_version(void) { return MEMO_KERNELS_VERSION; }

const char *memo_last_error(void) { return memo::last_error(); }

const char *memo_isa(void) {
  const memo::KernelTable *table = memo::current.load(std::memory_order_acquire);
  return table == nullptr ? "unsupported" : table->isa;
}

int memo_use_isa(const char *name) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(name)});
    const memo::KernelTable *table = memo::find_table(name);
    if (table == nullptr) {
      throw memo::Failure(MEMO_UNSUPPORTED, "'%s' is no instruction set of this processor", name);
    }
    memo::current.store(table, std::memory_order_release);
  });
}

int memo_set_num_threads(int num_threads) {
  return memo::guarded(__func__, [=] {
    memo::require_at_least(MEMO_COUNT(num_threads), 1);
    omp_set_num_threads(num_threads);
  });
}

int64_t memo_scratch_allocations(void) { return memo::scratch_allocations(); }
