package org.memo.profile.device;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.memo.device.DeviceRegion;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Operation;

/** Times attention, forward and backward, at several head sizes and lengths. */
final class AttentionMeasurement {
  private static final int[] HEAD_SIZES = {32, 64, 128};
  private static final long[] LENGTHS = {512, 1024, 2048, 8192};
  private static final long WIDTH = 256; // of all heads together
  private static final double BATCH_FLOPS = 4e9;
  private static final int LARGEST_BATCH = 16;

  private final Workbench bench;

  private AttentionMeasurement(Workbench bench) {
    this.bench = bench;
  }

  static List<AttentionSample> measure(Workbench bench) {
    AttentionMeasurement measurement = new AttentionMeasurement(bench);
    List<AttentionSample> samples = new ArrayList<>();
    for (int headSize : HEAD_SIZES) {
      for (long length : LENGTHS) {
        samples.add(measurement.sample(headSize, length));
      }
    }
    return samples;
  }

  private AttentionSample sample(int headSize, long length) {
    long heads = WIDTH / headSize;
    double pairs = (double) length * (length + 1) / 2;
    float scale = (float) (1 / Math.sqrt(headSize));
    AttentionShape shape = new AttentionShape(length, heads, heads, headSize, scale, 2, pairs);
    DeviceRegion offsets = bench.oneSegment(length);
    return new AttentionSample(
        headSize,
        length,
        rate(4 * pairs * WIDTH, () -> forward(shape, offsets)),
        rate(10 * pairs * WIDTH, () -> backward(shape, offsets)));
  }

  private double rate(double flops, Supplier<Operation> operations) {
    int count = (int) Math.clamp(BATCH_FLOPS / flops, 1, LARGEST_BATCH);
    return flops / bench.seconds(count, operations);
  }

  private FlashAttentionForward forward(AttentionShape shape, DeviceRegion offsets) {
    return new FlashAttentionForward(
        bench.floats(shape.tokens() * shape.qkvWidth()),
        bench.floats(shape.tokens() * shape.outWidth()),
        bench.floats(shape.tokens() * shape.heads()),
        offsets,
        shape);
  }

  private FlashAttentionBackward backward(AttentionShape shape, DeviceRegion offsets) {
    return new FlashAttentionBackward(
        bench.floats(shape.tokens() * shape.qkvWidth()),
        bench.floats(shape.tokens() * shape.outWidth()),
        bench.floats(shape.tokens() * shape.outWidth()),
        bench.floats(shape.tokens() * shape.heads()),
        bench.floats(shape.tokens() * shape.heads()),
        bench.floats(shape.tokens() * shape.qkvWidth()),
        offsets,
        shape);
  }
}
