package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The gradient of {@link FlashAttentionForward}.
 *
 * @param qkv [T, (H + 2K) D]
 * @param out [T, H D]
 * @param dout [T, H D]
 * @param logSumExp [H, T] f32
 * @param delta [H, T] f32: scratch for the row sums of dout * out
 * @param dqkv [T, (H + 2K) D]: written
 * @param segmentOffsets [segments + 1] i64
 * @param type of qkv, out, dout and dqkv
 */
public record FlashAttentionBackward(
    DeviceRegion qkv,
    DeviceRegion out,
    DeviceRegion dout,
    DeviceRegion logSumExp,
    DeviceRegion delta,
    DeviceRegion dqkv,
    DeviceRegion segmentOffsets,
    AttentionShape shape,
    ElementType type)
    implements Operation {
  public FlashAttentionBackward {
    Shapes.require("qkv", qkv, type, shape.tokens(), shape.qkvWidth());
    Shapes.require("out", out, type, shape.tokens(), shape.outWidth());
    Shapes.require("dout", dout, type, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("logSumExp", logSumExp, shape.heads(), shape.tokens());
    Shapes.requireFloats("delta", delta, shape.heads(), shape.tokens());
    Shapes.require("dqkv", dqkv, type, shape.tokens(), shape.qkvWidth());
    Shapes.requireLongs("segmentOffsets", segmentOffsets, shape.segmentOffsets());
  }

  /** In f32. */
  public FlashAttentionBackward(
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion dout,
      DeviceRegion logSumExp,
      DeviceRegion delta,
      DeviceRegion dqkv,
      DeviceRegion segmentOffsets,
      AttentionShape shape) {
    this(qkv, out, dout, logSumExp, delta, dqkv, segmentOffsets, shape, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(qkv, out, dout, logSumExp, segmentOffsets);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(delta, dqkv);
  }

  /** Five products, of which one computes the scores again; MFU counts four. */
  @Override
  public double flops() {
    return 5 * shape.productFlops();
  }
}
