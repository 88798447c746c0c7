package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * The gradient of {@link FlashAttentionForward}.
 *
 * @param qkv [T, (H + 2K) D]
 * @param out [T, H D]
 * @param dout [T, H D]
 * @param logSumExp [H, T]
 * @param delta [H, T]: scratch for the row sums of dout * out
 * @param dqkv [T, (H + 2K) D]: written
 * @param segmentOffsets [segments + 1] i64
 */
public record FlashAttentionBackward(
    DeviceRegion qkv,
    DeviceRegion out,
    DeviceRegion dout,
    DeviceRegion logSumExp,
    DeviceRegion delta,
    DeviceRegion dqkv,
    DeviceRegion segmentOffsets,
    AttentionShape shape)
    implements Operation {
  public FlashAttentionBackward {
    Shapes.requireFloats("qkv", qkv, shape.tokens(), shape.qkvWidth());
    Shapes.requireFloats("out", out, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("dout", dout, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("logSumExp", logSumExp, shape.heads(), shape.tokens());
    Shapes.requireFloats("delta", delta, shape.heads(), shape.tokens());
    Shapes.requireFloats("dqkv", dqkv, shape.tokens(), shape.qkvWidth());
    Shapes.requireLongs("segmentOffsets", segmentOffsets, shape.segmentOffsets());
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
