// A block's shared memory: filled with 0xFF before the block starts, so that what was never written is NaN or -1.
#pragma once

#include <stddef.h>

#include <map>
#include <string>

#include "emulation/executor_api.h"

namespace memo::emulation {

constexpr int kGarbage = 0xFF;

class SharedMemory {
 public:
  // What a kernel of an sm_80 may have, all together.
  static constexpr size_t kMaxBytes = 163 * 1024;

  // For one block of this launch, on the thread that runs it.
  void fill(const Launch &launch);
  unsigned char *dynamic() { return dynamic_; }
  bool contains(const void *address, size_t bytes) const;
  // For access checks: all dynamic memory that there may be, and then the static.
  bool offset_of(const void *address, size_t bytes, size_t *offset) const;
  size_t bytes() const { return kMaxBytes + static_part_.bytes; }
  std::string text_of(size_t offset) const;
  // Empty, or what was written past the end of the dynamic part.
  std::string overrun() const;

 private:
  struct Range {
    char *begin;
    size_t bytes;
  };
  void reserve();

  unsigned char *end_ = nullptr;  // a page that no one may touch begins here
  unsigned char *dynamic_ = nullptr;
  size_t dynamic_bytes_ = 0;
  Range static_part_ = {};
  std::map<void *(*)(), Range> static_parts_;  // by the library's anchor
};

}  // namespace memo::emulation
