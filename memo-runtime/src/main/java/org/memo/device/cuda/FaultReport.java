package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cuda.CudaFault;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Operation;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;

/** What the kernels of a stream found wrong with their data, in words. */
final class FaultReport {
  private final StreamScratch scratch;

  /** Of the newest attention: all of a step attend over the same tokens. */
  private @Nullable Segments segments;

  /** The tokens that the last of the offsets must be. */
  private record Segments(long tokens, long last) {
    Segments(long tokens, AttentionShape shape) {
      this(tokens, shape.segmentOffsets() - 1);
    }
  }

  FaultReport(StreamScratch scratch) {
    this.scratch = scratch;
  }

  void noteSubmitted(Operation operation) {
    switch (operation) {
      case FlashAttentionForward op -> segments = new Segments(op.shape().tokens(), op.shape());
      case FlashAttentionBackward op -> segments = new Segments(op.shape().tokens(), op.shape());
      case RingAttentionForward op -> segments = new Segments(op.block().tokens(), op.shape());
      case RingAttentionBackward op -> segments = new Segments(op.block().tokens(), op.shape());
      default -> {}
    }
  }

  /** The first fault since the last call; null where there is none. */
  @Nullable CudaFault take() {
    return scratch.takeFault();
  }

  String describe(CudaFault fault) {
    Segments expected = segments;
    return fault.isOfSegments() && expected != null
        ? ofSegments(fault, expected.tokens, expected.last)
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
