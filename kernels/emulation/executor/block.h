// Runs the threads of one block as fibers on the calling thread of the operating system.
#pragma once

#include <stdint.h>

#include <string>
#include <vector>

#include "access_checker.h"
#include "async_copies.h"
#include "emulation/executor_api.h"
#include "failure.h"
#include "fiber.h"
#include "random.h"
#include "shared_memory.h"

namespace memo::emulation {

struct Fiber {
  enum class State { kReady, kRunning, kAtWarpOperation, kAtBarrier, kEnded };

  DeviceThread thread;
  State state;
  Context context = {};
  char *stack;  // null before it starts and after it has ended
  // What it waits for.
  Place place;
  unsigned int mask;
  WarpOperation operation;
  void *lane;
  int vote;
  AsyncCopies copies;
};

class BlockRunner {
 public:
  BlockRunner() = default;
  BlockRunner(const BlockRunner &) = delete;

  // Seed 0: warps and lanes in their natural order. `kernel` numbers the kernels that run.
  Failure run(const Launch &launch, uint3 block_index, uint64_t seed, uint32_t kernel);

  // For the threads that run here. None of them returns after a failure.
  void warp_operation(unsigned int mask, WarpOperation operation, void *lane, const Place &place);
  int barrier(int id, int count, Vote vote, int predicate, const Place &place);
  [[noreturn]] void fail(int error, const std::string &text);
  unsigned char *dynamic_shared() { return shared_.dynamic(); }
  void check_shared(const void *address, int bytes, int alignment, const char *operation);
  void begin_copy(const AsyncCopies::Copy &copy);
  void commit_copies() { current_->copies.commit(); }
  void wait_for_copies(int pending_groups);

  // An access of the running thread, by code that was built to tell; `from` is where.
  void access(const void *address, size_t bytes, AccessKind kind, const void *from);

  // For the handler of signals.
  bool running() const { return current_ != nullptr; }
  const Stacks &stacks() const { return stacks_; }
  const char *current_stack() const { return current_->stack; }

 private:
  struct Warp {
    unsigned int lanes;    // those that the block has
    unsigned int ready;    // may run, do not
    unsigned int waiting;  // at a warp operation
    unsigned int ended;
    uint16_t num_synchronizations;
    Fiber *fibers;
  };
  struct Barrier {
    int arrived = 0;
    int count = 0;
    Vote vote = Vote::kNone;
    Place place = {};
    int ors = 0, ands = 0, sum = 0;
    std::vector<Fiber *> fibers;
  };
  static constexpr int kNumBarriers = 16;

  static void fiber_entry();
  void set_up(const Launch &launch, uint3 block_index);
  Failure schedule();
  bool run_ready_warps();
  int pick(unsigned int ready);
  Fiber *next_of(Warp &warp);
  void start(Fiber &fiber);
  void go_on_with(Fiber *fiber);
  void wait();
  void end_current();
  void finish_warp_operation(Warp &warp, unsigned int mask);
  void check_matches(const Barrier &barrier, int id, int count, Vote vote, const Place &place);
  void release(Barrier &barrier);
  std::string deadlock() const;

  const Launch *launch_ = nullptr;
  SharedMemory shared_;
  std::vector<Fiber> fibers_;
  std::vector<Warp> warps_;
  std::vector<int> warp_order_;
  Barrier barriers_[kNumBarriers];
  Stacks stacks_;
  Fiber *current_ = nullptr;
  int num_ended_ = 0;
  uint16_t num_barriers_ = 0;  // that the block has passed
  bool shuffled_ = false;
  AccessChecker checker_;
  Random random_{0};
  Context scheduler_ = {};
  Failure failure_;
};

// The runner of this thread of the operating system, or null.
BlockRunner *current_runner();
void set_current_runner(BlockRunner *runner);

}  // namespace memo::emulation
