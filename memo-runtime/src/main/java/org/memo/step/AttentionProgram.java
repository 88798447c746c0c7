package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/**
 * A layer's attention, from the rank's tokens to the rank's tokens.
 *
 * @param segmentOffsets [P T + 1] i64, of which a micro-batch uses the first
 */
record AttentionProgram(
    Stream stream, SlabAllocator allocator, StepShape shape, DeviceRegion segmentOffsets) {

  /** Writes {@code attention}: the output [T, H D], then its log-sum-exp. */
  void forward(AttentionShape attention, DeviceRegion qkv, DeviceRegion output) {
    stream.submit(
        new FlashAttentionForward(
            qkv, out(output), logSumExp(output), offsets(attention), attention, shape.type()));
  }

  /**
   * Returns the gradient of {@code qkv} [T, (H + 2K) D], which the caller frees.
   *
   * @param output as {@link #forward} wrote it
   * @param outGradient [T, H D]; freed
   */
  DeviceRegion backward(
      AttentionShape attention, DeviceRegion qkv, DeviceRegion output, DeviceRegion outGradient) {
    DeviceRegion delta = allocator.allocate("attention delta", shape.rowStatisticsBytes());
    DeviceRegion qkvGradient = allocator.allocate("qkv gradient", shape.qkvBytes());
    stream.submit(
        new FlashAttentionBackward(
            qkv,
            out(output),
            outGradient,
            logSumExp(output),
            delta,
            qkvGradient,
            offsets(attention),
            attention,
            shape.type()));
    allocator.free(outGradient);
    allocator.free(delta);
    return qkvGradient;
  }

  /** The part of an attention's memory that holds its output [T, H D]. */
  DeviceRegion out(DeviceRegion attention) {
    return attention.slice(0, shape.attentionOutBytes());
  }

  private DeviceRegion logSumExp(DeviceRegion attention) {
    return attention.slice(shape.attentionOutBytes(), shape.rowStatisticsBytes());
  }

  private DeviceRegion offsets(AttentionShape attention) {
    return segmentOffsets.slice(0, attention.segmentOffsets() * Long.BYTES);
  }
}
