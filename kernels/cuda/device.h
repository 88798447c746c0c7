// What the host side of every kernel needs: checked calls, the size of the device, the queue's scratch.
#pragma once

#include <cuda_runtime.h>

#include "../host/errors.h"
#include "cuda_abi.h"

namespace memo::cuda {

// Throws Failure with MEMO_CUDA_ERROR + error, having cleared the runtime's last error. `call` is what answered it.
void check(cudaError_t error, const char *call);

// Of the current device.
int multiprocessors();
int64_t most_shared_bytes_of_block();

void require_type(int type);
// A queue with a large enough workspace and a fault.
void require_queue(const memo_cuda_queue *queue);

inline cudaStream_t stream_of(const memo_cuda_queue *queue) { return static_cast<cudaStream_t>(queue->stream); }

// The workspace: first what an operation's check of its data found, then scratch of kScratchBytes. No choice depends on
// how much larger a workspace is, since results must not.
constexpr int64_t kVerdictBytes = 256;
constexpr int64_t kScratchBytes = MEMO_CUDA_WORKSPACE_BYTES - kVerdictBytes;
inline int64_t *verdict_of(const memo_cuda_queue *queue) { return static_cast<int64_t *>(queue->workspace); }
template <class T>
T *scratch_of(const memo_cuda_queue *queue) {
  return reinterpret_cast<T *>(static_cast<char *>(queue->workspace) + kVerdictBytes);
}

template <class T>
constexpr T ceil_div(T a, T b) {
  return (a + b - 1) / b;
}

// Whether a pointer, or the rows that start at it and are stride_bytes apart, are aligned.
inline bool aligned(const void *pointer, int64_t bytes) { return reinterpret_cast<uintptr_t>(pointer) % bytes == 0; }

}  // namespace memo::cuda
