#include "block.h"

#include <string.h>

#include <map>

#include "errors.h"
#include "symbols.h"

__thread const memo::emulation::DeviceThread *memo_emulation_thread __attribute__((tls_model("initial-exec")));

namespace memo::emulation {

namespace {

constexpr int kWarpLanes = 32;

__thread BlockRunner *runner __attribute__((tls_model("initial-exec")));

bool same(const Place &a, const Place &b) { return a.line == b.line && strcmp(a.file, b.file) == 0; }

std::string text_of(const Place &place) {
  return std::string(place.operation) + " (" + place.file + ":" + std::to_string(place.line) + ")";
}

std::string text_of(uint3 v) {
  return "(" + std::to_string(v.x) + ", " + std::to_string(v.y) + ", " + std::to_string(v.z) + ")";
}

}  // namespace

BlockRunner *current_runner() { return runner; }
void set_current_runner(BlockRunner *value) { runner = value; }

Failure BlockRunner::run(const Launch &launch, uint3 block_index, uint64_t seed, uint32_t kernel) {
  shuffled_ = seed != 0;
  random_ = Random(seed);
  set_up(launch, block_index);
  shared_.fill(launch);
  checker_.begin_block(launch, shared_, kernel);
  Failure failure = schedule();
  current_ = nullptr;
  if (failure.error == 0) {
    const std::string overrun = shared_.overrun();
    if (!overrun.empty()) failure = {kErrorIllegalAddress, overrun};
  }
  if (failure.error != 0) {
    failure.text =
        "kernel " + name_of_function(launch.kernel) + ", block " + text_of(block_index) + ": " + failure.text;
  }
  return failure;
}

void BlockRunner::set_up(const Launch &launch, uint3 block_index) {
  launch_ = &launch;
  failure_ = {};
  current_ = nullptr;
  num_ended_ = 0;
  num_barriers_ = 0;
  const unsigned int count = launch.block.x * launch.block.y * launch.block.z;
  for (Fiber &fiber : fibers_) {
    if (fiber.stack != nullptr) stacks_.give_back(fiber.stack);  // of a block that failed
    fiber.stack = nullptr;
  }
  fibers_.resize(count);
  warps_.assign((count + kWarpLanes - 1) / kWarpLanes, Warp{});
  warp_order_.resize(warps_.size());
  for (unsigned int i = 0; i < count; i++) {
    Fiber &fiber = fibers_[i];
    fiber.thread.thread_index = {i % launch.block.x, i / launch.block.x % launch.block.y,
                                 i / launch.block.x / launch.block.y};
    fiber.thread.block_index = block_index;
    fiber.thread.block_size = launch.block;
    fiber.thread.grid_size = launch.grid;
    fiber.thread.lane = i % kWarpLanes;
    fiber.thread.warp = i / kWarpLanes;
    fiber.state = Fiber::State::kReady;
    fiber.stack = nullptr;
    fiber.copies.forget();
    Warp &warp = warps_[fiber.thread.warp];
    if (fiber.thread.lane == 0) warp.fibers = &fiber;
    warp.lanes |= 1u << fiber.thread.lane;
  }
  for (size_t i = 0; i < warps_.size(); i++) {
    warps_[i].ready = warps_[i].lanes;
    warp_order_[i] = static_cast<int>(i);
  }
  if (shuffled_) random_.shuffle(warp_order_.data(), warp_order_.size());
  for (Barrier &barrier : barriers_) {
    barrier.arrived = 0;
    barrier.fibers.clear();
  }
}

Failure BlockRunner::schedule() {
  while (num_ended_ < static_cast<int>(fibers_.size())) {
    const bool ran = run_ready_warps();
    if (failure_.error != 0) return failure_;
    if (!ran) return {kErrorLaunchFailure, deadlock()};
  }
  return {};
}

bool BlockRunner::run_ready_warps() {
  bool ran = false;
  for (int index : warp_order_) {
    while (Fiber *fiber = next_of(warps_[static_cast<size_t>(index)])) {
      ran = true;
      start(*fiber);
      current_ = fiber;
      memo_emulation_thread = &fiber->thread;
      switch_context(scheduler_, fiber->context);
      if (failure_.error != 0) return ran;
    }
  }
  return ran;
}

int BlockRunner::pick(unsigned int ready) {
  if (!shuffled_) return __builtin_ctz(ready);
  const unsigned int turn = static_cast<unsigned int>(random_.below(kWarpLanes));
  const unsigned int turned = turn == 0 ? ready : (ready >> turn) | (ready << (kWarpLanes - turn));
  return static_cast<int>((static_cast<unsigned int>(__builtin_ctz(turned)) + turn) % kWarpLanes);
}

// Takes a lane that may run, or null.
Fiber *BlockRunner::next_of(Warp &warp) {
  if (warp.ready == 0) return nullptr;
  const int lane = pick(warp.ready);
  warp.ready &= ~(1u << lane);
  Fiber *fiber = &warp.fibers[lane];
  fiber->state = Fiber::State::kRunning;
  return fiber;
}

void BlockRunner::start(Fiber &fiber) {
  if (fiber.stack != nullptr) return;
  fiber.stack = stacks_.take();
  prepare(fiber.context, fiber.stack, Stacks::kBytes, fiber_entry);
}

// Leaves the current fiber for another of its warp, or for the scheduler.
void BlockRunner::go_on_with(Fiber *fiber) {
  Fiber *left = current_;
  if (fiber == nullptr) {
    switch_context(left->context, scheduler_);
    return;
  }
  start(*fiber);
  current_ = fiber;
  memo_emulation_thread = &fiber->thread;
  switch_context(left->context, fiber->context);
}

void BlockRunner::wait() { go_on_with(next_of(warps_[current_->thread.warp])); }

void BlockRunner::fiber_entry() {
  BlockRunner &self = *runner;
  for (;;) {
    self.launch_->run(self.launch_->arguments);
    self.end_current();
  }
}

// Returns when another thread begins on the stack of the one that ended.
void BlockRunner::end_current() {
  Fiber *ended = current_;
  Warp &warp = warps_[ended->thread.warp];
  ended->state = Fiber::State::kEnded;
  warp.ended |= 1u << ended->thread.lane;
  num_ended_++;
  Fiber *next = next_of(warp);
  if (next != nullptr && next->stack == nullptr) {
    next->stack = ended->stack;
    ended->stack = nullptr;
    current_ = next;
    memo_emulation_thread = &next->thread;
    return;
  }
  stacks_.give_back(ended->stack);
  ended->stack = nullptr;
  go_on_with(next);
}

void BlockRunner::fail(int error, const std::string &text) {
  failure_ = {error, "thread " + text_of(current_->thread.thread_index) + ": " + text};
  go_on_with(nullptr);
  __builtin_unreachable();
}

void BlockRunner::access(const void *address, size_t bytes, AccessKind kind, const void *from) {
  if (stacks_.contains(address)) return;
  const DeviceThread &thread = current_->thread;
  const dim3 &grid = thread.grid_size;
  const uint32_t block = thread.block_index.x + grid.x * (thread.block_index.y + grid.y * thread.block_index.z);
  const Access access{block, static_cast<uint16_t>(current_ - fibers_.data()), num_barriers_,
                      warps_[thread.warp].num_synchronizations, true, false};
  const Failure failure = checker_.check(address, bytes, kind, access);
  if (failure.error != 0) fail(failure.error, failure.text + ", in " + place_in_file(from));
}

// Until the bytes arrive, garbage stands in their place: reading too early shows.
void BlockRunner::begin_copy(const AsyncCopies::Copy &copy) {
  if (copy.checked) access(copy.shared, copy.bytes, AccessKind::kWrite, launch_->kernel);
  memset(copy.shared, kGarbage, copy.bytes);
  current_->copies.begin(copy);
}

void BlockRunner::wait_for_copies(int pending_groups) {
  for (const AsyncCopies::Copy &copy : current_->copies.wait(pending_groups)) {
    if (copy.checked) access(copy.shared, copy.bytes, AccessKind::kWrite, launch_->kernel);
    if (copy.checked && copy.source_bytes > 0) {
      access(copy.global, copy.source_bytes, AccessKind::kRead, launch_->kernel);
    }
    memcpy(copy.shared, copy.global, copy.source_bytes);
    memset(static_cast<char *>(copy.shared) + copy.source_bytes, 0, copy.bytes - copy.source_bytes);
  }
}

void BlockRunner::check_shared(const void *address, int bytes, int alignment, const char *operation) {
  if (!shared_.contains(address, static_cast<size_t>(bytes))) {
    fail(kErrorIllegalAddress, std::string(operation) + ": the address is not in the block's shared memory");
  }
  if (reinterpret_cast<uintptr_t>(address) % static_cast<uintptr_t>(alignment) != 0) {
    fail(kErrorMisalignedAddress, std::string(operation) + ": the address is not a multiple of " +
                                      std::to_string(alignment));
  }
}

void BlockRunner::warp_operation(unsigned int mask, WarpOperation operation, void *lane, const Place &place) {
  Fiber &fiber = *current_;
  Warp &warp = warps_[fiber.thread.warp];
  const unsigned int self = 1u << fiber.thread.lane;
  if ((mask & self) == 0) fail(kErrorLaunchFailure, text_of(place) + ": the mask lacks the calling lane");
  if ((mask & ~warp.lanes) != 0) {
    fail(kErrorLaunchFailure, text_of(place) + ": the mask names lanes that the block does not have");
  }
  if ((mask & warp.ended) != 0) {
    fail(kErrorLaunchFailure, text_of(place) + ": the mask names lanes that have ended");
  }
  fiber.state = Fiber::State::kAtWarpOperation;
  fiber.place = place;
  fiber.mask = mask;
  fiber.operation = operation;
  fiber.lane = lane;
  warp.waiting |= self;
  if ((warp.waiting & mask) == mask) {
    bool matches = true;
    for (int i = 0; i < kWarpLanes; i++) {
      if ((mask >> i & 1) == 0) continue;
      matches = matches && warp.fibers[i].operation == operation && warp.fibers[i].mask == mask;
    }
    if (matches) {
      finish_warp_operation(warp, mask);
      warp.ready &= ~self;
      fiber.state = Fiber::State::kRunning;
      return;
    }
  }
  wait();
}

void BlockRunner::finish_warp_operation(Warp &warp, unsigned int mask) {
  void *lanes[kWarpLanes];
  for (int i = 0; i < kWarpLanes; i++) {
    const bool takes_part = (mask >> i & 1) != 0;
    lanes[i] = takes_part ? warp.fibers[i].lane : nullptr;
    if (takes_part) warp.fibers[i].state = Fiber::State::kReady;
  }
  warp.waiting &= ~mask;
  warp.ready |= mask;
  if (strcmp(current_->place.operation, "__syncwarp") == 0) warp.num_synchronizations++;
  current_->operation(lanes, mask);
}

void BlockRunner::check_matches(const Barrier &barrier, int id, int count, Vote vote, const Place &place) {
  if (barrier.arrived == 0) return;
  // Only __syncthreads demands one place in the source; named barriers are met from several.
  const bool other_place = id == 0 && count == 0 && !same(barrier.place, place);
  if (barrier.vote == vote && barrier.count == count && !other_place) return;
  fail(kErrorLaunchFailure, "threads of one block wait at different barriers: " + text_of(barrier.place) + " and " +
                                text_of(place));
}

int BlockRunner::barrier(int id, int count, Vote vote, int predicate, const Place &place) {
  if (id < 0 || id >= kNumBarriers) fail(kErrorLaunchFailure, "there is no barrier " + std::to_string(id));
  Barrier &barrier = barriers_[id];
  check_matches(barrier, id, count, vote, place);
  if (barrier.arrived == 0) {
    barrier.count = count;
    barrier.vote = vote;
    barrier.place = place;
    barrier.ors = 0;
    barrier.ands = 1;
    barrier.sum = 0;
  }
  Fiber &fiber = *current_;
  fiber.state = Fiber::State::kAtBarrier;
  fiber.place = place;
  barrier.arrived++;
  barrier.ors |= predicate != 0;
  barrier.ands &= predicate != 0;
  barrier.sum += predicate != 0;
  barrier.fibers.push_back(&fiber);
  const int wanted = count == 0 ? static_cast<int>(fibers_.size()) : count;
  if (barrier.arrived == wanted) {
    release(barrier);
  } else {
    wait();
  }
  return fiber.vote;
}

// All go on; the last to come goes on at once.
void BlockRunner::release(Barrier &barrier) {
  for (Fiber *fiber : barrier.fibers) {
    switch (barrier.vote) {
      case Vote::kNone: fiber->vote = 0; break;
      case Vote::kOr: fiber->vote = barrier.ors; break;
      case Vote::kAnd: fiber->vote = barrier.ands; break;
      case Vote::kCount: fiber->vote = barrier.sum; break;
    }
    if (fiber == current_) continue;
    fiber->state = Fiber::State::kReady;
    warps_[fiber->thread.warp].ready |= 1u << fiber->thread.lane;
  }
  num_barriers_++;
  current_->state = Fiber::State::kRunning;
  barrier.arrived = 0;
  barrier.fibers.clear();
}

std::string BlockRunner::deadlock() const {
  std::map<std::string, int> places;
  for (const Fiber &fiber : fibers_) {
    places[fiber.state == Fiber::State::kEnded ? "have ended" : "wait at " + text_of(fiber.place)]++;
  }
  std::string text = "no thread can go on:";
  for (const auto &[place, count] : places) text += " " + std::to_string(count) + " " + place + ",";
  text.back() = ' ';
  return text + "of " + std::to_string(fibers_.size()) + " threads";
}

}  // namespace memo::emulation
