package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cuda.CudaFault;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Operation;

/** What the kernels of a stream found wrong with their data, in words. */
final class FaultReport {
  private final StreamScratch scratch;

  /** Of the newest attention: all of a step attend over the same tokens. */
  private @Nullable AttentionShape attention;

  FaultReport(StreamScratch scratch) {
    this.scratch = scratch;
  }

  void noteSubmitted(Operation operation) {
    switch (operation) {
      case FlashAttentionForward op -> attention = op.shape();
      case FlashAttentionBackward op -> attention = op.shape();
      default -> {}
    }
  }

  /** The first fault since the last call; null where there is none. */
  @Nullable CudaFault take() {
    return scratch.takeFault();
  }

  String describe(CudaFault fault) {
    AttentionShape shape = attention;
    return fault.isOfSegments() && shape != null
        ? ofSegments(fault, shape.tokens(), shape.segmentOffsets() - 1)
        : fault.message();
  }

  private static String ofSegments(CudaFault fault, long tokens, long last) {
    if (fault.index() == 0) {
      return "segment_offsets reach from %d, must from 0 to tokens=%d"
          .formatted(fault.value(), tokens);
    }
    if (fault.index() == last && fault.value() != tokens) {
      return "segment_offsets reach to %d, must from 0 to tokens=%d"
          .formatted(fault.value(), tokens);
    }
    return "segment_offsets[%d]=%d is below the one before it"
        .formatted(fault.index(), fault.value());
  }
}
