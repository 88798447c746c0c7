#include "shared_memory.h"

#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

namespace memo::emulation {

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kAlignment = 128;
constexpr size_t kReserved = SharedMemory::kMaxBytes + kPage;

struct Search {
  char *anchor;
  char *begin;
  size_t bytes;
};

// Takes the thread-local memory, of this thread, of the library that the anchor lies in.
int find_thread_local(dl_phdr_info *library, size_t, void *data) {
  auto *search = static_cast<Search *>(data);
  char *begin = static_cast<char *>(library->dlpi_tls_data);
  if (begin == nullptr) return 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto &header = library->dlpi_phdr[i];
    if (header.p_type != PT_TLS || search->anchor < begin || search->anchor >= begin + header.p_memsz) continue;
    search->begin = begin;
    search->bytes = header.p_memsz;
    return 1;
  }
  return 0;
}

size_t round_up(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void SharedMemory::reserve() {
  const size_t bytes = (kReserved + kPage - 1) / kPage * kPage;
  void *pages = mmap(nullptr, bytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    perror("CUDA emulation: no memory for shared memory");
    abort();
  }
  end_ = static_cast<unsigned char *>(pages) + bytes;
  mprotect(end_, kPage, PROT_NONE);
}

void SharedMemory::fill(const Launch &launch) {
  if (end_ == nullptr) reserve();
  dynamic_bytes_ = launch.shared_bytes;
  dynamic_ = end_ - round_up(dynamic_bytes_);
  memset(dynamic_, kGarbage, static_cast<size_t>(end_ - dynamic_));

  auto found = static_parts_.find(launch.thread_local_anchor);
  if (found == static_parts_.end()) {
    Search search{static_cast<char *>(launch.thread_local_anchor()), nullptr, 0};
    dl_iterate_phdr(find_thread_local, &search);
    found = static_parts_.emplace(launch.thread_local_anchor, Range{search.begin, search.bytes}).first;
  }
  static_part_ = found->second;
  if (static_part_.bytes > 0) memset(static_part_.begin, kGarbage, static_part_.bytes);
}

bool SharedMemory::contains(const void *address, size_t bytes) const {
  const auto *begin = static_cast<const unsigned char *>(address);
  const auto *static_begin = reinterpret_cast<const unsigned char *>(static_part_.begin);
  return (begin >= dynamic_ && begin + bytes <= dynamic_ + dynamic_bytes_) ||
         (begin >= static_begin && begin + bytes <= static_begin + static_part_.bytes);
}

bool SharedMemory::offset_of(const void *address, size_t bytes, size_t *offset) const {
  if (!contains(address, bytes)) return false;
  const auto *byte = static_cast<const unsigned char *>(address);
  const auto *static_begin = reinterpret_cast<const unsigned char *>(static_part_.begin);
  const bool dynamic = byte >= dynamic_ && byte < end_;
  *offset = static_cast<size_t>(dynamic ? byte - dynamic_ : byte - static_begin + static_cast<ptrdiff_t>(kMaxBytes));
  return true;
}

std::string SharedMemory::text_of(size_t offset) const {
  if (offset < kMaxBytes) return "byte " + std::to_string(offset) + " of dynamic shared memory";
  return "byte " + std::to_string(offset - kMaxBytes) + " of the library's static shared memory";
}

std::string SharedMemory::overrun() const {
  for (const unsigned char *byte = dynamic_ + dynamic_bytes_; byte < end_; byte++) {
    if (*byte == kGarbage) continue;
    char text[160];
    snprintf(text, sizeof(text), "dynamic shared memory of %zu bytes was written at byte %td, past its end",
             dynamic_bytes_, byte - dynamic_);
    return text;
  }
  return "";
}

}  // namespace memo::emulation
