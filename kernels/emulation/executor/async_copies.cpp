#include "async_copies.h"

namespace memo::emulation {

void AsyncCopies::begin(const Copy &copy) { copies_.push_back(copy); }

std::vector<AsyncCopies::Copy> AsyncCopies::wait(int pending_groups) {
  const size_t pending = static_cast<size_t>(pending_groups);
  if (group_ends_.size() <= pending) return {};
  const auto first_pending = group_ends_.end() - static_cast<ptrdiff_t>(pending);
  const size_t arriving = *(first_pending - 1);
  const auto first_left = copies_.begin() + static_cast<ptrdiff_t>(arriving);
  std::vector<Copy> arrived(copies_.begin(), first_left);
  copies_.erase(copies_.begin(), first_left);
  group_ends_.erase(group_ends_.begin(), first_pending);
  for (size_t &end : group_ends_) end -= arriving;
  return arrived;
}

void AsyncCopies::forget() {
  copies_.clear();
  group_ends_.clear();
}

}  // namespace memo::emulation
