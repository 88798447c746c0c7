// What kernels compiled for the CUDA emulation ask of the executor, which lives in the emulation's libcudart.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vectors.h"

namespace memo::emulation {

// What a device thread knows of itself.
struct DeviceThread {
  uint3 thread_index;
  uint3 block_index;
  dim3 block_size;
  dim3 grid_size;
  unsigned int lane;
  unsigned int warp;
};

// Where in the source an operation stands, for messages and to tell barriers apart.
struct Place {
  const char *operation;
  const char *file;
  int line;
};

// Computes what all lanes of a warp get of an operation; lanes[i] is what lane i gave, or null outside the mask.
using WarpOperation = void (*)(void *const *lanes, unsigned int mask);

// The checked build tells the executor of every access; code of the emulation that stands for other lanes does not.
#ifdef __SANITIZE_THREAD__
constexpr bool kChecked = true;
#define MEMO_EMULATION_UNCHECKED __attribute__((no_sanitize("thread")))
#else
constexpr bool kChecked = false;
#define MEMO_EMULATION_UNCHECKED
#endif

enum class Vote { kNone, kOr, kAnd, kCount };

struct Launch {
  dim3 grid;
  dim3 block;
  size_t shared_bytes;
  const void *kernel;                       // its address, which names it in messages
  void (*run)(const void *arguments);       // one device thread
  size_t arguments_bytes;
  void *arguments;                          // released by release(arguments)
  void (*release)(void *arguments);
  void *(*thread_local_anchor)();           // an address in the kernel's library's thread-local memory
  const void *const *pointers;              // the arguments that are pointers
  int num_pointers;
};

}  // namespace memo::emulation

extern "C" {

// The device thread that runs on this thread of the operating system.
extern __thread const memo::emulation::DeviceThread *memo_emulation_thread __attribute__((tls_model("initial-exec")));

// Enqueues a kernel; takes over the arguments in any case. Answers a cudaError.
int memo_emulation_launch(const memo::emulation::Launch *launch, void *stream);

// Waits until every lane of the mask has come to the same operation, which is then done once for all of them.
void memo_emulation_warp(unsigned int mask, memo::emulation::WarpOperation operation, void *lane,
                         const memo::emulation::Place *place);

// Waits for `count` threads of the block (0: all of them) at barrier `id`; answers the vote over their predicates.
int memo_emulation_barrier(int id, int count, memo::emulation::Vote vote, int predicate,
                           const memo::emulation::Place *place);

unsigned char *memo_emulation_dynamic_shared();

// Fails unless [address, address + bytes) lies in the block's shared memory and is aligned.
void memo_emulation_check_shared(const void *address, int bytes, int alignment, const char *operation);

// For the checked build: an access of this device thread.
void memo_emulation_access(const void *address, int bytes, bool write);

// Ends the kernel with a cudaError and a text.
[[noreturn]] void memo_emulation_fail(int error, const char *text);

// The asynchronous copies of this device thread: 16, 8 or 4 bytes, of which the first `source_bytes` are read. Whether
// their accesses are looked at, as those of the checked build are.
void memo_emulation_copy_async(void *shared, const void *global, int bytes, int source_bytes, bool checked);
void memo_emulation_copy_async_commit();
void memo_emulation_copy_async_wait(int pending_groups);
}

#define threadIdx (memo_emulation_thread->thread_index)
#define blockIdx (memo_emulation_thread->block_index)
#define blockDim (memo_emulation_thread->block_size)
#define gridDim (memo_emulation_thread->grid_size)

constexpr int warpSize = 32;
