package org.memo.bindings.cuda;

import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;

/** Segments of attention as libraries of ragged batches take them. */
public final class CudaSegments {
  private CudaSegments() {}

  /** Whose segments they are: a fault names it. */
  public enum Pass {
    FORWARD(MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_FORWARD()),
    BACKWARD(MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_BACKWARD());

    private final int kernel;

    Pass(int kernel) {
      this.kernel = kernel;
    }
  }

  /**
   * The segments and the matrices that their rows lie in.
   *
   * @param offsets [count + 1] i64, ascending from 0 to {@code tokens}
   * @param qkvRow elements from a token's queries, keys and values to the next token's
   * @param outRow the same of outputs
   */
  public record Segments(
      DeviceAddress offsets, long count, long tokens, long qkvRow, long outRow) {}

  /**
   * Where each segment begins, and how many tokens it has.
   *
   * @param segments as many as there are, and empty ones after them
   * @param tokenStarts [segments + 1] i64 in tokens
   * @param qkvStarts [segments + 1] i64 in elements of queries, keys and values
   * @param outStarts [segments + 1] i64 in elements of outputs
   * @param lengths [segments] i32
   */
  public record RaggedBatch(
      long segments,
      DeviceAddress tokenStarts,
      DeviceAddress qkvStarts,
      DeviceAddress outStarts,
      DeviceAddress lengths) {}

  /** Fills the batch. Faults on offsets, and leaves all segments empty then. */
  public static void ragged(Segments from, RaggedBatch to, Pass pass, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_ragged_segments(
            from.offsets().pointer(),
            from.count(),
            from.tokens(),
            from.qkvRow(),
            from.outRow(),
            to.segments(),
            to.tokenStarts().pointer(),
            to.qkvStarts().pointer(),
            to.outStarts().pointer(),
            to.lengths().pointer(),
            pass.kernel,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_ragged_segments",
          status,
          "num_segments tokens qkv_row out_row padded_segments",
          from.count(),
          from.tokens(),
          from.qkvRow(),
          from.outRow(),
          to.segments());
    }
  }
}
