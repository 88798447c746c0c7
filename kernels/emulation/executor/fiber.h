// Switching between stacks on one thread of the operating system.
#pragma once

#include <stddef.h>

#include <vector>

namespace memo::emulation {

using FiberEntry = void (*)();

#if defined(__x86_64__)

// The stack pointer at which a context was left; its registers lie above.
using Context = void *;

#else

struct ContextData;
using Context = ContextData *;

#endif

// Makes a context that runs `entry` on the stack [stack, stack + bytes); entry never returns.
void prepare(Context &context, void *stack, size_t bytes, FiberEntry entry);

// Leaves the running context into `from` and goes on with `to`.
void switch_context(Context &from, Context to);

// Stacks for all threads of a block, each ended below by a page that no one may touch.
class Stacks {
 public:
  static constexpr size_t kBytes = 128 * 1024;  // of one stack

  Stacks();
  // The lowest address of a stack that no one uses.
  char *take();
  void give_back(char *stack) { free_.push_back(stack); }
  bool contains(const void *address) const;
  // Whether the address lies in the page that ends a stack.
  bool is_guard(const void *address) const;

 private:
  char *region_;
  size_t num_made_ = 0;
  std::vector<char *> free_;
};

}  // namespace memo::emulation
