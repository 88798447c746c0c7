#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <iterator>

#include "device.h"
#include "emulation_control.h"

namespace memo::emulation {

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kAlignment = 256;
constexpr size_t kArenaBytes = size_t{1} << 38;
constexpr size_t kDefaultTotalBytes = size_t{2} << 30;
constexpr int kGarbage = 0xFF;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

size_t total_from_environment() {
  const char *text = getenv("MEMO_CUDA_EMULATION_MEMORY");
  const unsigned long long bytes = text == nullptr ? 0 : strtoull(text, nullptr, 10);
  return bytes == 0 ? kDefaultTotalBytes : static_cast<size_t>(bytes);
}

}  // namespace

Memory &memory() {
  static auto *instance = new Memory;
  return *instance;
}

Memory::Memory() : total_(total_from_environment()) {
  void *arena = mmap(nullptr, kArenaBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED) {
    perror("CUDA emulation: no addresses for device memory");
    abort();
  }
  arena_ = cursor_ = reinterpret_cast<uintptr_t>(arena);
}

// Finds so many bytes of free pages with a closed page behind them, from where the last search ended.
uintptr_t Memory::place(size_t bytes) {
  const size_t needed = bytes + kPage;
  for (int round = 0; round < 2; round++) {
    uintptr_t begin = cursor_;
    for (auto next = pages_.lower_bound(begin); next != pages_.end(); ++next) {
      if (next->first - begin >= needed) break;
      begin = next->second;
    }
    if (begin + needed <= arena_ + kArenaBytes) {
      cursor_ = begin + needed;
      return begin;
    }
    cursor_ = arena_;
  }
  return 0;
}

// An allocation ends where its pages end, so that the first access beyond it faults.
cudaError_t Memory::allocate(Kind kind, size_t bytes, void **address) {
  if (address == nullptr) return cudaErrorInvalidValue;
  *address = nullptr;
  if (bytes == 0) return cudaSuccess;
  std::lock_guard<std::mutex> lock(mutex_);
  size_t &used = used_[current_device()];
  if (kind == Kind::kDevice && (bytes > total_ || used > total_ || round_up(bytes, kAlignment) > total_ - used)) {
    return cudaErrorMemoryAllocation;
  }
  const size_t room = round_up(bytes, kAlignment);
  const size_t page_bytes = round_up(bytes, kPage);
  const uintptr_t begin = page_bytes < bytes ? 0 : place(page_bytes);
  if (begin == 0) return cudaErrorMemoryAllocation;
  void *pages = mmap(reinterpret_cast<void *>(begin), page_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return cudaErrorMemoryAllocation;
  memset(pages, kGarbage, page_bytes);
  const uintptr_t start = begin + page_bytes - room;
  pages_[begin] = begin + page_bytes + kPage;
  allocations_[start + bytes] = {start, bytes, kind, current_device()};
  if (kind == Kind::kDevice) used += room;
  *address = reinterpret_cast<void *>(start);
  return cudaSuccess;
}

cudaError_t Memory::release(Kind kind, void *address) {
  if (address == nullptr) return cudaSuccess;
  std::lock_guard<std::mutex> lock(mutex_);
  const uintptr_t start = reinterpret_cast<uintptr_t>(address);
  const auto found = allocations_.upper_bound(start);
  if (found == allocations_.end() || found->second.begin != start || found->second.kind != kind) {
    return cudaErrorInvalidValue;
  }
  if (kind == Kind::kDevice) used_[found->second.device] -= round_up(found->second.bytes, kAlignment);
  const uintptr_t begin = start / kPage * kPage;
  const size_t page_bytes = round_up(found->second.bytes, kPage);
  mmap(reinterpret_cast<void *>(begin), page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
       -1, 0);
  pages_.erase(begin);
  allocations_.erase(found);
  return cudaSuccess;
}

cudaError_t Memory::register_host(void *address, size_t bytes) {
  if (address == nullptr || bytes == 0) return cudaErrorInvalidValue;
  std::lock_guard<std::mutex> lock(mutex_);
  const uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  const auto next = allocations_.upper_bound(begin);
  if (next != allocations_.end() && next->second.begin < begin + bytes) return cudaErrorHostMemoryAlreadyRegistered;
  allocations_[begin + bytes] = {begin, bytes, Kind::kRegistered, current_device()};
  return cudaSuccess;
}

cudaError_t Memory::unregister_host(void *address) {
  std::lock_guard<std::mutex> lock(mutex_);
  const uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  const auto found = allocations_.upper_bound(begin);
  if (found == allocations_.end() || found->second.begin != begin || found->second.kind != Kind::kRegistered) {
    return cudaErrorHostMemoryNotRegistered;
  }
  allocations_.erase(found);
  return cudaSuccess;
}

bool Memory::find(const void *address, Allocation *allocation, bool or_end) {
  std::lock_guard<std::mutex> lock(mutex_);
  const uintptr_t at = reinterpret_cast<uintptr_t>(address);
  auto found = allocations_.upper_bound(at);
  if (found == allocations_.end() || found->second.begin > at) {
    found = or_end ? allocations_.find(at) : allocations_.end();
  }
  if (found == allocations_.end()) return false;
  *allocation = found->second;
  return true;
}

bool Memory::contains(const void *address, size_t bytes) {
  Allocation allocation;
  if (!find(address, &allocation, bytes == 0)) return false;
  return bytes <= allocation.bytes - (reinterpret_cast<uintptr_t>(address) - allocation.begin);
}

void Memory::set_total(size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  total_ = bytes;
}

void Memory::info(size_t *free, size_t *total) {
  std::lock_guard<std::mutex> lock(mutex_);
  *total = total_;
  const size_t used = used_[current_device()];
  *free = total_ < used ? 0 : total_ - used;
}

std::string Memory::describe(const void *address) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(address);
  if (at < arena_ || at >= arena_ + kArenaBytes) return "memory that is neither the device's nor pinned";
  std::lock_guard<std::mutex> lock(mutex_);
  const auto next = allocations_.upper_bound(at);
  if (next != allocations_.begin()) {
    const Allocation &before = std::prev(next)->second;
    const size_t beyond = at - (before.begin + before.bytes);
    if (beyond < kPage) {
      return std::to_string(beyond) + " bytes beyond the end of an allocation of " + std::to_string(before.bytes) +
             " bytes";
    }
  }
  return "device memory that was freed or never allocated";
}

}  // namespace memo::emulation

using memo::emulation::memory;

void memo_emulation_set_memory(uint64_t bytes) { memory().set_total(bytes); }
int memo_emulation_is_device_accessible(const void *address, uint64_t bytes) {
  return memory().contains(address, bytes);
}
