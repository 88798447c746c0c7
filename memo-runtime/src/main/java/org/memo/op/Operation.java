package org.memo.op;

import java.util.List;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/** One piece of work for a stream. Sealed, so that every device's {@code switch} is complete. */
public sealed interface Operation
    permits AdamW,
        AttentionDelta,
        BiasBackward,
        BiasForward,
        Cast,
        Collective,
        CopyColumns,
        CopyOnDevice,
        CopyToDevice,
        CopyToHost,
        CrossEntropy,
        EmbeddingBackward,
        EmbeddingForward,
        FlashAttentionBackward,
        FlashAttentionForward,
        GeluBackward,
        GeluForward,
        Gemm,
        LayerNormBackward,
        LayerNormForward,
        ResidualAdd,
        RingAttentionBackward,
        RingAttentionForward,
        RmsNormBackward,
        RmsNormForward,
        Rotary,
        RotaryTable,
        SumOfSquares,
        SwiGluBackward,
        SwiGluForward,
        ZeroFill {

  /** Every region whose content the operation uses, those that it updates included. */
  List<MemoryRegion> reads();

  /** Every region that the operation changes. */
  List<MemoryRegion> writes();

  /**
   * The type of the activations and of the weights that the operation works on. F32 where it has
   * none of them: operations on bytes, on optimizer states, on tables.
   */
  default ElementType type() {
    return ElementType.F32;
  }

  /** Floating-point operations, a multiply and an add being two; causal work only. */
  default double flops() {
    return 0;
  }

  /** Bytes that have to be moved at least once: every read and every write. */
  default long bytes() {
    return sum(reads()) + sum(writes());
  }

  /** The record's name: for messages and traces. */
  default String name() {
    return getClass().getSimpleName();
  }

  private static long sum(List<MemoryRegion> regions) {
    return regions.stream().mapToLong(MemoryRegion::sizeBytes).sum();
  }
}
