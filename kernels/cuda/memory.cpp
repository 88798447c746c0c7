#include "device.h"

using namespace memo;
using namespace memo::cuda;

int memo_cuda_copy(void *destination, const void *source, int64_t size_bytes, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(destination), MEMO_POINTER(source)});
    require_at_least(MEMO_COUNT(size_bytes), 0);
    require_queue(queue);
    if (size_bytes == 0) return;
    check(cudaMemcpyAsync(destination, source, static_cast<size_t>(size_bytes), cudaMemcpyDeviceToDevice,
                          stream_of(queue)),
          "cudaMemcpyAsync");
  });
}

int memo_cuda_zero(void *destination, int64_t size_bytes, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(destination)});
    require_at_least(MEMO_COUNT(size_bytes), 0);
    require_queue(queue);
    if (size_bytes == 0) return;
    check(cudaMemsetAsync(destination, 0, static_cast<size_t>(size_bytes), stream_of(queue)), "cudaMemsetAsync");
  });
}
