// The passes of attention, enqueued on a stream for checked arguments. Each answers the CUDA runtime's error.
#pragma once

#include <cuda_runtime.h>

#include "cuda_abi.h"
#include "problem.h"

namespace memo::flash {

// *refused = 0; where the offsets are not ascending from 0 to tokens it becomes 1, and the fault says why.
cudaError_t check_segments(const Segments &segments, int64_t tokens, int32_t kernel, int64_t *refused,
                           memo_cuda_fault *fault, cudaStream_t stream);

cudaError_t forward_bf16(const Forward &p, cudaStream_t stream);
cudaError_t forward_f32(const Forward &p, cudaStream_t stream);
cudaError_t ring_forward_bf16(const RingForward &p, cudaStream_t stream);
cudaError_t ring_forward_f32(const RingForward &p, cudaStream_t stream);

// delta from out and dout, also where `refused` is null; the other passes of the backward read it.
cudaError_t backward_delta_bf16(const Backward &p, cudaStream_t stream);
cudaError_t backward_delta_f32(const Backward &p, cudaStream_t stream);
// dk and dv
cudaError_t backward_keys_bf16(const Backward &p, cudaStream_t stream);
cudaError_t backward_keys_f32(const Backward &p, cudaStream_t stream);
cudaError_t ring_backward_keys_bf16(const RingBackward &p, cudaStream_t stream);
cudaError_t ring_backward_keys_f32(const RingBackward &p, cudaStream_t stream);
// dq
cudaError_t backward_queries_bf16(const Backward &p, cudaStream_t stream);
cudaError_t backward_queries_f32(const Backward &p, cudaStream_t stream);
cudaError_t ring_backward_queries_bf16(const RingBackward &p, cudaStream_t stream);
cudaError_t ring_backward_queries_f32(const RingBackward &p, cudaStream_t stream);

}  // namespace memo::flash
