// The cp.async of one device thread.
#pragma once

#include <stddef.h>

#include <vector>

namespace memo::emulation {

// Copies that a device thread has begun: their bytes arrive when it waits for them.
class AsyncCopies {
 public:
  struct Copy {
    void *shared;
    const void *global;
    size_t bytes;
    size_t source_bytes;
    bool checked;
  };

  void begin(const Copy &copy);
  void commit() { group_ends_.push_back(copies_.size()); }
  // Those that arrive, oldest first, when all groups but the latest so many are waited for.
  std::vector<Copy> wait(int pending_groups);
  void forget();

 private:
  std::vector<Copy> copies_;        // begun and not arrived, oldest first
  std::vector<size_t> group_ends_;  // of the committed groups, in copies_
};

}  // namespace memo::emulation
