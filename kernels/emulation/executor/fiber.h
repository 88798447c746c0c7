// Switching between stacks on one thread of the operating system.
#pragma once

#include <stddef.h>

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

// A piece of memory for a stack, ended below by a page that no one may touch.
class Stack {
 public:
  static constexpr size_t kBytes = 128 * 1024;

  Stack();
  void *base() const { return base_; }
  bool guards(const void *address) const;

 private:
  char *base_;
};

}  // namespace memo::emulation
