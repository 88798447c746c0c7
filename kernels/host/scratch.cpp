#include "scratch.h"

#include <stdlib.h>

#include <atomic>
#include <new>

namespace memo {
namespace {

constexpr int64_t kGranuleBytes = 64 * 1024;

std::atomic<int64_t> allocations{0};

struct Buffer {
  void *address = nullptr;
  int64_t size_bytes = 0;

  ~Buffer() { free(address); }

  void *grown_to(int64_t needed_bytes) {
    if (needed_bytes <= size_bytes) return address;
    const int64_t rounded_bytes = (needed_bytes + kGranuleBytes - 1) / kGranuleBytes * kGranuleBytes;
    free(address);
    size_bytes = 0;
    address = aligned_alloc(64, static_cast<size_t>(rounded_bytes));
    if (address == nullptr) throw std::bad_alloc();
    size_bytes = rounded_bytes;
    allocations++;
    return address;
  }
};

thread_local Buffer buffer;

}  // namespace

float *scratch_floats(int64_t elements) {
  return static_cast<float *>(buffer.grown_to(elements * static_cast<int64_t>(sizeof(float))));
}

double *scratch_doubles(int64_t elements) {
  return static_cast<double *>(buffer.grown_to(elements * static_cast<int64_t>(sizeof(double))));
}

int64_t scratch_allocations() { return allocations; }

}  // namespace memo
