package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * Causal, grouped-query attention within segments (documents and windows), without the T x T scores
 * (Dao, 2023: FlashAttention-2).
 *
 * @param qkv [T, (H + 2K) D]
 * @param out [T, H D]
 * @param logSumExp [H, T]: of the scaled scores, for the backward pass
 * @param segmentOffsets [segments + 1] i64: ascending, the first 0, the last T
 */
public record FlashAttentionForward(
    DeviceRegion qkv,
    DeviceRegion out,
    DeviceRegion logSumExp,
    DeviceRegion segmentOffsets,
    AttentionShape shape)
    implements Operation {
  public FlashAttentionForward {
    Shapes.requireFloats("qkv", qkv, shape.tokens(), shape.qkvWidth());
    Shapes.requireFloats("out", out, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("logSumExp", logSumExp, shape.heads(), shape.tokens());
    Shapes.requireLongs("segmentOffsets", segmentOffsets, shape.segmentOffsets());
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
