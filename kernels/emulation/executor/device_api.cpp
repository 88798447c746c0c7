// What kernels call: the C functions of emulation/executor_api.h.
#include "block.h"

using memo::emulation::AccessKind;
using memo::emulation::current_runner;

void memo_emulation_warp(unsigned int mask, memo::emulation::WarpOperation operation, void *lane,
                         const memo::emulation::Place *place) {
  current_runner()->warp_operation(mask, operation, lane, *place);
}

int memo_emulation_barrier(int id, int count, memo::emulation::Vote vote, int predicate,
                           const memo::emulation::Place *place) {
  return current_runner()->barrier(id, count, vote, predicate, *place);
}

unsigned char *memo_emulation_dynamic_shared() { return current_runner()->dynamic_shared(); }

void memo_emulation_check_shared(const void *address, int bytes, int alignment, const char *operation) {
  current_runner()->check_shared(address, bytes, alignment, operation);
}

void memo_emulation_fail(int error, const char *text) { current_runner()->fail(error, text); }

void memo_emulation_access(const void *address, int bytes, bool write) {
  current_runner()->access(address, static_cast<size_t>(bytes), write ? AccessKind::kWrite : AccessKind::kRead,
                                  __builtin_return_address(0));
}

void memo_emulation_copy_async(void *shared, const void *global, int bytes, int source_bytes, bool checked) {
  current_runner()->begin_copy(
      {shared, global, static_cast<size_t>(bytes), static_cast<size_t>(source_bytes), checked});
}
void memo_emulation_copy_async_commit() { current_runner()->commit_copies(); }
void memo_emulation_copy_async_wait(int pending_groups) { current_runner()->wait_for_copies(pending_groups); }
