#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>

#include "faults.h"

namespace memo::emulation {

namespace {

uint64_t number_from_environment(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : strtoull(text, nullptr, 10);
}

struct Kernel {
  const Launch *launch;
  uint64_t num_blocks;
  uint64_t seed;
  uint32_t number;  // of the kernels that have run
  // Block number i in order is (i * stride + first) % num_blocks.
  uint64_t stride;
  uint64_t first;
  uint64_t next = 0;     // the first block that no one has taken
  uint64_t running = 0;  // blocks taken and not done
  Failure failure;

  bool exhausted() const { return next == num_blocks || failure.error != 0; }
  bool done() const { return exhausted() && running == 0; }
  uint64_t block(uint64_t i) const {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(i) * stride + first) % num_blocks);
  }
};

uint3 index_of(uint64_t block, const dim3 &grid) {
  return {static_cast<unsigned int>(block % grid.x), static_cast<unsigned int>(block / grid.x % grid.y),
          static_cast<unsigned int>(block / grid.x / grid.y)};
}

class Pool {
 public:
  Pool() : seed_(number_from_environment("MEMO_CUDA_EMULATION_SEED", 0)) {
    const uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
    const uint64_t count = number_from_environment("MEMO_CUDA_EMULATION_THREADS", std::min<uint64_t>(cores, 8));
    // Signals meant for the program's own threads stay with them.
    sigset_t all, before;
    sigfillset(&all);
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, signal);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (uint64_t i = 0; i < std::max<uint64_t>(count, 1); i++) std::thread([this] { work(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  Failure run(const Launch &launch) {
    Kernel kernel{};
    kernel.launch = &launch;
    kernel.num_blocks = static_cast<uint64_t>(launch.grid.x) * launch.grid.y * launch.grid.z;
    kernel.stride = 1;
    std::unique_lock<std::mutex> lock(mutex_);
    kernel.number = ++last_number_;
    if (seed_ != 0) shuffle(kernel);
    kernels_.push_back(&kernel);
    if (kernel.num_blocks == 1) {
      work_arrived_.notify_one();
    } else {
      work_arrived_.notify_all();
    }
    kernel_done_.wait(lock, [&] { return kernel.done(); });
    kernels_.erase(std::find(kernels_.begin(), kernels_.end(), &kernel));
    return kernel.failure;
  }

  void set_seed(uint64_t seed) {
    std::lock_guard<std::mutex> lock(mutex_);
    seed_ = seed;
    num_kernels_ = 0;
  }

  uint64_t next_seed() {
    std::lock_guard<std::mutex> lock(mutex_);
    return seed_ == 0 ? 0 : Random(seed_ + ++num_kernels_).next() | 1;
  }

 private:
  // Another order for each kernel.
  void shuffle(Kernel &kernel) {
    Random random(seed_ + ++num_kernels_);
    kernel.seed = random.next() | 1;
    kernel.first = random.below(kernel.num_blocks);
    do {
      kernel.stride = 1 + random.below(kernel.num_blocks);
    } while (std::gcd(kernel.stride, kernel.num_blocks) != 1);
  }

  Kernel *unfinished() {
    for (Kernel *kernel : kernels_) {
      if (!kernel->exhausted()) return kernel;
    }
    return nullptr;
  }

  void work() {
    use_alternate_signal_stack();
    auto *runner = new BlockRunner;
    set_current_runner(runner);
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Kernel *kernel;
      work_arrived_.wait(lock, [&] { return (kernel = unfinished()) != nullptr; });
      // Few at a time while there are few, so that every thread gets some.
      const uint64_t left = kernel->num_blocks - kernel->next;
      const uint64_t batch = std::max<uint64_t>(1, std::min<uint64_t>(left / 16, 64));
      const uint64_t begin = kernel->next;
      kernel->next += batch;
      kernel->running += batch;
      lock.unlock();
      Failure failure;
      for (uint64_t i = begin; i < begin + batch && failure.error == 0; i++) {
        const uint64_t block = kernel->block(i);
        const uint64_t seed = kernel->seed == 0 ? 0 : Random(kernel->seed + block).next() | 1;
        failure = runner->run(*kernel->launch, index_of(block, kernel->launch->grid), seed, kernel->number);
      }
      lock.lock();
      kernel->running -= batch;
      if (failure.error != 0 && kernel->failure.error == 0) kernel->failure = failure;
      if (kernel->done()) kernel_done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable kernel_done_;
  std::deque<Kernel *> kernels_;
  uint64_t seed_;
  uint64_t num_kernels_ = 0;  // that have taken an order since the seed was set
  uint32_t last_number_ = 0;
};

// Never destroyed: its threads run until the process ends.
Pool &pool() {
  static auto *instance = new Pool;
  return *instance;
}

}  // namespace

Failure run_kernel(const Launch &launch) { return pool().run(launch); }

void set_seed(uint64_t seed) { pool().set_seed(seed); }

uint64_t next_seed() { return pool().next_seed(); }

}  // namespace memo::emulation
