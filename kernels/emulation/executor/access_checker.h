// Looks at every access to memory of kernels that were built to tell of them: bounds, alignment and races.
//
// Two accesses race if they touch the same two bytes, one of them writes, not both are atomic, and nothing orders them:
// of two threads of a block a barrier of the block, of two lanes of a warp a __syncwarp too; of two blocks of a kernel
// only that the later one has done something atomic before. Accesses to single bytes are not looked at for races.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "emulation/executor_api.h"
#include "failure.h"
#include "shared_memory.h"

namespace memo::emulation {

enum class AccessKind { kRead, kWrite, kAtomicRead, kAtomicWrite };

// Who touched memory, and when by the barriers passed.
struct Access {
  uint32_t block;
  uint16_t thread;
  uint16_t num_barriers;
  uint16_t num_synchronizations;
  bool present;
  bool atomic;
};

// What is known of two bytes.
struct AccessRecord {
  uint32_t round;  // records of another kernel, or for shared memory of another block, say nothing
  Access write;
  Access reads[2];  // that do not order each other
};

// The allocation that an address lies in, or false; and words for one that lies in none.
struct MemoryMap {
  bool (*find)(const void *address, const void **begin, size_t *bytes);
  std::string (*describe)(const void *address);
};
void set_memory_map(MemoryMap map);

class AccessChecker {
 public:
  void begin_block(const Launch &launch, const SharedMemory &shared, uint32_t kernel);
  // Fails with an error, or answers none.
  Failure check(const void *address, size_t bytes, AccessKind kind, Access access);

 private:
  Failure check_shared(size_t offset, size_t bytes, AccessKind kind, const Access &access);
  Failure check_global(const void *address, size_t bytes, AccessKind kind, const Access &access);
  bool is_of_program(const void *address);

  const Launch *launch_ = nullptr;
  const SharedMemory *shared_ = nullptr;
  uint32_t kernel_ = 0;
  uint32_t num_blocks_ = 0;  // that have begun here
  bool ordered_after_others_ = false;
  std::vector<AccessRecord> shared_records_;
  const void *library_of_ = nullptr;  // a kernel, whose library's memory is
  const char *library_begin_ = nullptr;
  const char *library_end_ = nullptr;
  const char *allocation_begin_ = nullptr;  // the last one found
  size_t allocation_bytes_ = 0;
};

}  // namespace memo::emulation
