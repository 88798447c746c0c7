#include "faults.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <mutex>

#include "block.h"
#include "errors.h"

namespace memo::emulation {

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE};

struct sigaction previous_actions[NSIG];
DescribeAddress describe_address;

// Of the signal that this thread is about to turn into a failure.
__thread int fault_signal __attribute__((tls_model("initial-exec")));
__thread const void *fault_address __attribute__((tls_model("initial-exec")));

[[noreturn]] void fail_after_signal() {
  BlockRunner &runner = *current_runner();
  char address[32];
  snprintf(address, sizeof(address), "%p", fault_address);
  if (fault_signal == SIGFPE) runner.fail(kErrorLaunchFailure, "an integer was divided by zero");
  if (runner.stacks().is_guard(fault_address)) {
    runner.fail(kErrorLaunchFailure, "the stack of " + std::to_string(Stacks::kBytes) + " bytes overflowed");
  }
  if (fault_address == nullptr) {
    runner.fail(kErrorIllegalAddress, "access to a null pointer, or to a vector at a misaligned address");
  }
  runner.fail(kErrorIllegalAddress, std::string("access to ") + describe_address(fault_address) + " at " + address);
}

void pass_on(int signal, siginfo_t *info, void *context) {
  const struct sigaction &previous = previous_actions[signal];
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    sigaction(signal, &previous, nullptr);  // the instruction runs again and ends the process
  } else {
    previous.sa_handler(signal);
  }
}

void handle(int signal, siginfo_t *info, void *context) {
  const BlockRunner *runner = current_runner();
#if defined(__x86_64__)
  if (runner != nullptr && runner->running()) {
    fault_signal = signal;
    fault_address = info->si_addr;
    // Goes on in fail_after_signal at the top of the fiber's stack, whose frames are given up.
    auto *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
    const uintptr_t top = reinterpret_cast<uintptr_t>(runner->current_stack()) + Stacks::kBytes;
    registers[REG_RSP] = static_cast<greg_t>(top - 8);
    registers[REG_RIP] = static_cast<greg_t>(reinterpret_cast<uintptr_t>(&fail_after_signal));
    return;
  }
#endif
  pass_on(signal, info, context);
}

}  // namespace

void install_fault_handlers(DescribeAddress describe) {
  static std::once_flag once;
  std::call_once(once, [describe] {
    describe_address = describe;
    for (int signal : kSignals) {
      struct sigaction action = {};
      action.sa_sigaction = handle;
      action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
      sigfillset(&action.sa_mask);
      sigaction(signal, &action, &previous_actions[signal]);
    }
  });
}

void use_alternate_signal_stack() {
  constexpr size_t kBytes = 64 * 1024;
  void *memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = kBytes;
  sigaltstack(&stack, nullptr);
}

}  // namespace memo::emulation
