package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Causal, grouped-query attention within segments (documents and windows), without the T x T scores
 * (Dao, 2023: FlashAttention-2).
 *
 * @param qkv [T, (H + 2K) D]
 * @param out [T, H D]
 * @param logSumExp [H, T] f32: of the scaled scores, for the backward pass
 * @param segmentOffsets [segments + 1] i64: ascending, the first 0, the last T
 * @param type of qkv and out
 */
public record FlashAttentionForward(
    DeviceRegion qkv,
    DeviceRegion out,
    DeviceRegion logSumExp,
    DeviceRegion segmentOffsets,
    AttentionShape shape,
    ElementType type)
    implements Operation {
  public FlashAttentionForward {
    Shapes.require("qkv", qkv, type, shape.tokens(), shape.qkvWidth());
    Shapes.require("out", out, type, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("logSumExp", logSumExp, shape.heads(), shape.tokens());
    Shapes.requireLongs("segmentOffsets", segmentOffsets, shape.segmentOffsets());
  }

  /** In f32. */
  public FlashAttentionForward(
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      DeviceRegion segmentOffsets,
      AttentionShape shape) {
    this(qkv, out, logSumExp, segmentOffsets, shape, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(qkv, segmentOffsets);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(out, logSumExp);
  }

  @Override
  public double flops() {
    return 2 * shape.productFlops();
  }
}
