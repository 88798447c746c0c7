#include "fiber.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace memo::emulation {

namespace {

constexpr size_t kGuardBytes = 4096;
constexpr size_t kStride = Stacks::kBytes + kGuardBytes;
constexpr size_t kMaxStacks = 1024;  // threads of a block

}  // namespace

// Lives as long as the process. Pages are taken as they are touched.
Stacks::Stacks() {
  void *pages = mmap(nullptr, kMaxStacks * kStride, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) {
    perror("CUDA emulation: no addresses for stacks");
    abort();
  }
  region_ = static_cast<char *>(pages);
}

char *Stacks::take() {
  if (!free_.empty()) {
    char *stack = free_.back();
    free_.pop_back();
    return stack;
  }
  char *stack = region_ + num_made_++ * kStride + kGuardBytes;
  if (num_made_ > kMaxStacks || mprotect(stack, kBytes, PROT_READ | PROT_WRITE) != 0) {
    perror("CUDA emulation: no memory for a stack");
    abort();
  }
  return stack;
}

bool Stacks::contains(const void *address) const {
  const char *byte = static_cast<const char *>(address);
  return byte >= region_ && byte < region_ + kMaxStacks * kStride;
}

bool Stacks::is_guard(const void *address) const {
  return contains(address) && static_cast<size_t>(static_cast<const char *>(address) - region_) % kStride < kGuardBytes;
}

#if defined(__x86_64__)

extern "C" void memo_emulation_switch(void **from, void *to);

// Saves what the calling convention lets a function keep; the rest the compiler has saved around the call.
asm(R"(
.text
.local memo_emulation_switch
.type memo_emulation_switch, @function
memo_emulation_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size memo_emulation_switch, .-memo_emulation_switch
)");

void prepare(Context &context, void *stack, size_t bytes, FiberEntry entry) {
  constexpr int kSavedRegisters = 6;
  auto *top = reinterpret_cast<uintptr_t *>(static_cast<char *>(stack) + bytes);
  *--top = 0;  // where entry would return to; also aligns the stack as a call does
  *--top = reinterpret_cast<uintptr_t>(entry);
  for (int i = 0; i < kSavedRegisters; i++) *--top = 0;
  context = top;
}

void switch_context(Context &from, Context to) { memo_emulation_switch(&from, to); }

#else

struct ContextData {
  ucontext_t context;
};

void prepare(Context &context, void *stack, size_t bytes, FiberEntry entry) {
  if (context == nullptr) context = new ContextData;
  getcontext(&context->context);
  context->context.uc_stack.ss_sp = stack;
  context->context.uc_stack.ss_size = bytes;
  context->context.uc_link = nullptr;
  makecontext(&context->context, entry, 0);
}

void switch_context(Context &from, Context to) {
  if (from == nullptr) from = new ContextData;
  swapcontext(&from->context, &to->context);
}

#endif

}  // namespace memo::emulation
