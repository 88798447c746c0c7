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

  /** In one sentence: what is wrong and where. */
  public String message() {
    return isOfSegments()
        ? "segment_offsets[%d]=%d: offsets ascend from 0 to the number of tokens"
            .formatted(index, value)
        : "%s[%d]=%d is out of range".formatted(subject(), index, value);
  }

  /** Whether the segment offsets of an attention are wrong. */
  public boolean isOfSegments() {
    return code == MemoCuda.MEMO_CUDA_FAULT_SEGMENTS();
  }

  /** What the kernel does: "EmbeddingForward". */
  public String operation() {
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ROTARY()) {
      return "Rotary";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_EMBEDDING_FORWARD()) {
      return "EmbeddingForward";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_EMBEDDING_BACKWARD()) {
      return "EmbeddingBackward";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_CROSS_ENTROPY()) {
      return "CrossEntropy";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_FORWARD()) {
      return "FlashAttentionForward";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_BACKWARD()) {
      return "FlashAttentionBackward";
    }
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_RING_ATTENTION_FORWARD()) {
      return "RingAttentionForward";
    }
    return kernel == MemoCuda.MEMO_CUDA_KERNEL_RING_ATTENTION_BACKWARD()
        ? "RingAttentionBackward"
        : "kernel " + kernel;
  }

  private String subject() {
    if (kernel == MemoCuda.MEMO_CUDA_KERNEL_ROTARY()) {
      return "positions";
    }
    return kernel == MemoCuda.MEMO_CUDA_KERNEL_CROSS_ENTROPY() ? "targets" : "ids";
  }
}
