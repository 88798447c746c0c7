package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * What a block of {@link RingAttentionForward} adds to the gradients.
 *
 * @param qkv [2c, (H + 2K) D]: the queries are read
 * @param keysValues [2c, 2K D]
 * @param dout [2c, H D]
 * @param logSumExp [H, 2c] f32: over all keys
 * @param delta [H, 2c] f32: as {@link AttentionDelta} gives it
 * @param dqueries [2c, H D] f32: added to
 * @param dkeysValues [2c, 2K D] f32: added to
 * @param segmentOffsets [segments + 1] i64: of the whole sequence
 * @param shape of the rows: T is 2c; the scored pairs are the block's
 * @param type of qkv, keysValues and dout
 */
public record RingAttentionBackward(
    DeviceRegion qkv,
    DeviceRegion keysValues,
    DeviceRegion dout,
    DeviceRegion logSumExp,
    DeviceRegion delta,
    DeviceRegion dqueries,
    DeviceRegion dkeysValues,
    DeviceRegion segmentOffsets,
    RingBlock block,
    AttentionShape shape,
    ElementType type)
    implements Operation {
  public RingAttentionBackward {
    Shapes.requireTokens(shape, block);
    Shapes.require("qkv", qkv, type, shape.tokens(), shape.qkvWidth());
    Shapes.require("keysValues", keysValues, type, shape.tokens(), shape.keysValuesWidth());
    Shapes.require("dout", dout, type, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("logSumExp", logSumExp, shape.heads(), shape.tokens());
    Shapes.requireFloats("delta", delta, shape.heads(), shape.tokens());
    Shapes.requireFloats("dqueries", dqueries, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("dkeysValues", dkeysValues, shape.tokens(), shape.keysValuesWidth());
    Shapes.requireLongs("segmentOffsets", segmentOffsets, shape.segmentOffsets());
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(qkv, keysValues, dout, logSumExp, delta, dqueries, dkeysValues, segmentOffsets);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(dqueries, dkeysValues);
  }

  /** Five products, of which one computes the scores again; MFU counts four. */
  @Override
  public double flops() {
    return 5 * shape.productFlops();
  }
}
