package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/** Attention over all tokens of a micro-batch at once. */
record FlashAttention(Stream compute, SlabAllocator allocator, AttentionRows rows)
    implements Attention {

  @Override
  public void forward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      Runnable qkvUsed) {
    compute.submit(
        new FlashAttentionForward(
            qkv,
            out,
            logSumExp,
            segments.offsets(),
            rows.shape(segments, segments.scoredPairs()),
            rows.type()));
    qkvUsed.run();
  }

  @Override
  public Gradient backward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      DeviceRegion outGradient,
      Runnable qkvUsed) {
    DeviceRegion delta = allocator.allocate("attention delta", rows.statisticsBytes());
    DeviceRegion qkvGradient = allocator.allocate("qkv gradient", rows.bytes(rows.qkvWidth()));
    compute.submit(
        new FlashAttentionBackward(
            qkv,
            out,
            outGradient,
            logSumExp,
            delta,
            qkvGradient,
            segments.offsets(),
            rows.shape(segments, segments.scoredPairs()),
            rows.type()));
    qkvUsed.run();
    allocator.free(outGradient);
    allocator.free(delta);
    return new Gradient(qkvGradient, () -> allocator.free(qkvGradient));
  }
}
