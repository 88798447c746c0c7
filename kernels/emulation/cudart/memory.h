// The memory that device work may use: device allocations and pinned host memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <map>
#include <mutex>
#include <string>

#include "cuda_runtime_api.h"

namespace memo::emulation {

enum class Kind { kDevice, kPinned, kRegistered };

struct Allocation {
  uintptr_t begin;
  size_t bytes;
  Kind kind;
  int device;  // whose memory it is, where it is a device's
};

// Device memory and pinned host memory are pages of one reserved range of addresses. A freed range is closed to all
// access and not given out again until the range has been gone through, so that uses after the end show.
class Memory {
 public:
  Memory();

  cudaError_t allocate(Kind kind, size_t bytes, void **address);
  cudaError_t release(Kind kind, void *address);
  cudaError_t register_host(void *address, size_t bytes);
  cudaError_t unregister_host(void *address);
  // Fills *allocation if the address lies in one, or just past its end where `or_end`.
  bool find(const void *address, Allocation *allocation, bool or_end = false);
  bool contains(const void *address, size_t bytes);
  void set_total(size_t bytes);
  void info(size_t *free, size_t *total);
  std::string describe(const void *address);

 private:
  uintptr_t place(size_t bytes);

  std::mutex mutex_;
  std::map<uintptr_t, Allocation> allocations_;  // by their ends
  std::map<uintptr_t, uintptr_t> pages_;         // begin -> end of the pages in use
  uintptr_t arena_ = 0;
  uintptr_t cursor_ = 0;
  size_t total_;  // of each device
  std::map<int, size_t> used_;  // by device
};

Memory &memory();

}  // namespace memo::emulation
