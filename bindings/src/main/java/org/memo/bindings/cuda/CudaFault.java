package org.memo.bindings.cuda;

import org.memo.bindings.cuda.generated.MemoCuda;

/**
 * Data that a kernel refused; it has changed nothing.
 *
 * @param code what is wrong: a {@code MEMO_CUDA_FAULT_...}
 * @param kernel whose data it was: a {@code MEMO_CUDA_KERNEL_...}
 * @param index where in the array of ids, targets, positions or segment offsets
 * @param value what is there
 */
public record CudaFault(int code, int kernel, long index, long value) {

  /** In one sentence: what is wrong, where, and what would be right. */
  public String message() {
    return code == MemoCuda.MEMO_CUDA_FAULT_SEGMENTS()
        ? "segment offset %d is %d in %s: offsets ascend from 0 to the number of tokens"
            .formatted(index, value, kernelName())
        : "%s %d is %d in %s, which is out of range"
            .formatted(subject(), index, value, kernelName());
  }

  private String subject() {
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ROTARY()) {
      return "position";
    }
    return kernel == MemoCuda.MEMO_CUDA_KERNEL_CROSS_ENTROPY() ? "target" : "id";
  }

  private String kernelName() {
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ROTARY()) {
      return "rotary";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_EMBEDDING_FORWARD()) {
      return "embedding forward";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_EMBEDDING_BACKWARD()) {
      return "embedding backward";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_CROSS_ENTROPY()) {
      return "cross entropy";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_FORWARD()) {
      return "attention forward";
    }
    return kernel == MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_BACKWARD()
        ? "attention backward"
        : "kernel " + kernel;
  }
}
