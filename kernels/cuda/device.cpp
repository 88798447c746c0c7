#include "device.h"

#include <algorithm>

namespace memo::cuda {
namespace {

int attribute(cudaDeviceAttr name) {
  int device = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  int value = 0;
  check(cudaDeviceGetAttribute(&value, name, device), "cudaDeviceGetAttribute");
  return value;
}

}  // namespace

void check(cudaError_t error, const char *call) {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  throw Failure(MEMO_CUDA_ERROR + static_cast<int>(error), "%s failed: %s (%d): %s", call, cudaGetErrorName(error),
                static_cast<int>(error), cudaGetErrorString(error));
}

// Asked for each launch: the runtime keeps a device's attributes.
int multiprocessors() { return std::max(1, attribute(cudaDevAttrMultiProcessorCount)); }

int64_t most_shared_bytes_of_block() { return attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin); }

void require_type(int type) {
  if (type != MEMO_F32 && type != MEMO_BF16) {
    throw Failure(MEMO_INVALID_ARGUMENT, "type=%d, must be MEMO_F32 (%d) or MEMO_BF16 (%d)", type, MEMO_F32, MEMO_BF16);
  }
}

void require_queue(const memo_cuda_queue *queue) {
  require_pointers({MEMO_POINTER(queue)});
  require_pointers({{"queue->workspace", queue->workspace}, {"queue->fault", queue->fault}});
  require_at_least({"queue->workspace_bytes", queue->workspace_bytes}, MEMO_CUDA_WORKSPACE_BYTES);
  if (!aligned(queue->workspace, kVerdictBytes)) {
    throw Failure(MEMO_INVALID_ARGUMENT, "queue->workspace=%p, must be aligned to %lld bytes", queue->workspace,
                  static_cast<long long>(kVerdictBytes));
  }
}

}  // namespace memo::cuda
