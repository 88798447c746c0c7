// Reserving memory: address space now, physical pages when first touched.
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "errors.h"

namespace memo {
namespace {

// Of x86-64 and of the usual arm64 kernels. Memory that starts at a multiple of it can be all huge pages.
constexpr int64_t kHugePageBytes = 2 * 1024 * 1024;

#if defined(MAP_NORESERVE)
constexpr int kMapFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#else
constexpr int kMapFlags = MAP_PRIVATE | MAP_ANONYMOUS;
#endif

int64_t whole_huge_pages(int64_t size_bytes) {
  return (size_bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
}

void *reserve(int64_t size_bytes) {
  const int64_t wanted_bytes = whole_huge_pages(size_bytes);
  void *mapped = mmap(nullptr, wanted_bytes + kHugePageBytes, PROT_READ | PROT_WRITE, kMapFlags, -1, 0);
  if (mapped == MAP_FAILED) {
    throw Failure(MEMO_OUT_OF_MEMORY, "the system refuses size_bytes=%lld: %s", static_cast<long long>(size_bytes),
                  strerror(errno));
  }
  char *begin = static_cast<char *>(mapped);
  const int64_t before_bytes = -reinterpret_cast<intptr_t>(begin) & (kHugePageBytes - 1);
  if (before_bytes > 0) munmap(begin, before_bytes);
  char *aligned = begin + before_bytes;
  munmap(aligned + wanted_bytes, kHugePageBytes - before_bytes);
#if defined(MADV_HUGEPAGE)
  madvise(aligned, wanted_bytes, MADV_HUGEPAGE);  // advice: a kernel without huge pages may refuse
#endif
  return aligned;
}

}  // namespace
}  // namespace memo

int memo_reserve(int64_t size_bytes, void **address) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(address)});
    memo::require_at_least(MEMO_COUNT(size_bytes), 1);
    if (size_bytes > INT64_MAX - 2 * memo::kHugePageBytes) {
      throw memo::Failure(MEMO_OUT_OF_MEMORY, "size_bytes=%lld is more than memory can have",
                          static_cast<long long>(size_bytes));
    }
    *address = memo::reserve(size_bytes);
  });
}

int memo_release(void *address, int64_t size_bytes) {
  return memo::guarded(__func__, [=] {
    memo::require_pointers({MEMO_POINTER(address)});
    memo::require_at_least(MEMO_COUNT(size_bytes), 1);
    if (munmap(address, memo::whole_huge_pages(size_bytes)) != 0) {
      throw memo::Failure(MEMO_INVALID_ARGUMENT, "address=%p, size_bytes=%lld was not reserved: %s", address,
                          static_cast<long long>(size_bytes), strerror(errno));
    }
  });
}
