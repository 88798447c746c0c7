#include "access_checker.h"

#include <link.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "errors.h"

namespace memo::emulation {

namespace {

constexpr size_t kGranule = 2;  // bytes that a record stands for
constexpr size_t kPageRecords = 2048;
constexpr int kWarpLanes = 32;

MemoryMap memory_map;

bool writes(AccessKind kind) { return kind == AccessKind::kWrite || kind == AccessKind::kAtomicWrite; }

std::string text_of(const Access &access) {
  return "thread " + std::to_string(access.thread) + " of block " + std::to_string(access.block);
}

bool ordered(const Access &before, const Access &now, bool after_other_blocks) {
  if (before.block != now.block) return after_other_blocks;
  if (before.thread == now.thread || before.num_barriers != now.num_barriers) return true;
  return before.thread / kWarpLanes == now.thread / kWarpLanes &&
         before.num_synchronizations != now.num_synchronizations;
}

bool conflict(const Access &before, const Access &now, bool after_other_blocks) {
  return before.present && !(before.atomic && now.atomic) && !ordered(before, now, after_other_blocks);
}

// Records the access; answers one that it races with, or null.
const Access *record_access(AccessRecord &record, uint32_t round, const Access &now, bool write,
                            bool after_other_blocks) {
  if (record.round != round) record = {};
  record.round = round;
  if (conflict(record.write, now, after_other_blocks)) return &record.write;
  if (!write) {
    const bool free = !record.reads[0].present || ordered(record.reads[0], now, after_other_blocks);
    record.reads[free ? 0 : 1] = now;
    return nullptr;
  }
  for (const Access &read : record.reads) {
    if (conflict(read, now, after_other_blocks)) return &read;
  }
  record.write = now;
  record.reads[0] = record.reads[1] = {};
  return nullptr;
}

struct Page {
  AccessRecord records[kPageRecords];
};

struct GlobalRecords {
  std::mutex mutex;
  std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;

  uintptr_t last_index = 0;
  Page *last = nullptr;

  AccessRecord &at(uintptr_t granule) {
    const uintptr_t index = granule / kPageRecords;
    if (last == nullptr || index != last_index) {
      auto &page = pages[index];
      if (page == nullptr) page = std::make_unique<Page>();
      last = page.get();
      last_index = index;
    }
    return last->records[granule % kPageRecords];
  }
};

GlobalRecords &global_records() {
  static auto *instance = new GlobalRecords;
  return *instance;
}

Failure race(const Access &now, AccessKind kind, const Access &before, bool wrote, const std::string &where) {
  return {kErrorLaunchFailure, "race: " + text_of(now) + (writes(kind) ? " writes" : " reads") + " what " +
                                   text_of(before) + (wrote ? " wrote" : " read") +
                                   " with nothing to order them, at " + where};
}

struct Search {
  const char *address;
  const char *begin;
  const char *end;
};

int find_library(dl_phdr_info *library, size_t, void *data) {
  auto *search = static_cast<Search *>(data);
  const char *begin = nullptr, *end = nullptr;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto &header = library->dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    const char *segment = reinterpret_cast<const char *>(library->dlpi_addr + header.p_vaddr);
    begin = begin == nullptr ? segment : std::min(begin, segment);
    end = std::max(end, segment + header.p_memsz);
  }
  if (search->address < begin || search->address >= end) return 0;
  search->begin = begin;
  search->end = end;
  return 1;
}

}  // namespace

void set_memory_map(MemoryMap map) { memory_map = map; }

void AccessChecker::begin_block(const Launch &launch, const SharedMemory &shared, uint32_t kernel) {
  launch_ = &launch;
  shared_ = &shared;
  if (kernel_ != kernel) allocation_begin_ = nullptr;
  kernel_ = kernel;
  num_blocks_++;
  ordered_after_others_ = false;
}

// Arguments, constants, and what the executor tells threads of themselves.
bool AccessChecker::is_of_program(const void *address) {
  const char *byte = static_cast<const char *>(address);
  const char *arguments = static_cast<const char *>(launch_->arguments);
  if (byte >= arguments && byte < arguments + launch_->arguments_bytes) return true;
  if (address == &memo_emulation_thread) return true;
  const char *thread = reinterpret_cast<const char *>(memo_emulation_thread);
  if (byte >= thread && byte < thread + sizeof(DeviceThread)) return true;
  if (library_of_ != launch_->kernel) {
    Search search{static_cast<const char *>(launch_->kernel), nullptr, nullptr};
    dl_iterate_phdr(find_library, &search);
    library_of_ = launch_->kernel;
    library_begin_ = search.begin;
    library_end_ = search.end;
  }
  return byte >= library_begin_ && byte < library_end_;
}

Failure AccessChecker::check(const void *address, size_t bytes, AccessKind kind, Access access) {
  access.present = true;
  access.atomic = kind == AccessKind::kAtomicRead || kind == AccessKind::kAtomicWrite;
  if (kind == AccessKind::kAtomicWrite) ordered_after_others_ = true;
  size_t offset = 0;
  if (shared_->offset_of(address, bytes, &offset)) return check_shared(offset, bytes, kind, access);
  if (is_of_program(address)) return {};
  return check_global(address, bytes, kind, access);
}

Failure AccessChecker::check_shared(size_t offset, size_t bytes, AccessKind kind, const Access &access) {
  if (bytes < kGranule) return {};
  if (shared_records_.size() < shared_->bytes()) shared_records_.resize(shared_->bytes());
  for (size_t granule = offset / kGranule; granule < (offset + bytes) / kGranule; granule++) {
    AccessRecord &record = shared_records_[granule];
    const Access *before = record_access(record, num_blocks_, access, writes(kind), ordered_after_others_);
    if (before != nullptr) {
      return race(access, kind, *before, before == &record.write, shared_->text_of(granule * kGranule));
    }
  }
  return {};
}

Failure AccessChecker::check_global(const void *address, size_t bytes, AccessKind kind, const Access &access) {
  const char *byte = static_cast<const char *>(address);
  const bool in_last = allocation_begin_ != nullptr && byte >= allocation_begin_ &&
                       byte + bytes <= allocation_begin_ + allocation_bytes_;
  if (!in_last) {
    const void *begin = nullptr;
    if (!memory_map.find(address, &begin, &allocation_bytes_) ||
        byte + bytes > static_cast<const char *>(begin) + allocation_bytes_) {
      allocation_begin_ = nullptr;
      return {kErrorIllegalAddress, std::string(writes(kind) ? "write" : "read") + " of " + std::to_string(bytes) +
                                        " bytes, the last of which is " + memory_map.describe(byte + bytes - 1)};
    }
    allocation_begin_ = static_cast<const char *>(begin);
  }
  const uintptr_t at = reinterpret_cast<uintptr_t>(address);
  if ((bytes & (bytes - 1)) == 0 && bytes <= 16 && at % bytes != 0) {
    return {kErrorMisalignedAddress, "access of " + std::to_string(bytes) + " bytes at a misaligned address"};
  }
  if (bytes < kGranule) return {};
  GlobalRecords &records = global_records();
  std::lock_guard<std::mutex> lock(records.mutex);
  for (uintptr_t granule = at / kGranule; granule < (at + bytes) / kGranule; granule++) {
    AccessRecord &record = records.at(granule);
    const Access *before = record_access(record, kernel_, access, writes(kind), ordered_after_others_);
    if (before != nullptr) {
      return race(access, kind, *before, before == &record.write,
                  "byte " + std::to_string(byte - allocation_begin_) + " of an allocation of " +
                      std::to_string(allocation_bytes_) + " bytes");
    }
  }
  return {};
}

}  // namespace memo::emulation
