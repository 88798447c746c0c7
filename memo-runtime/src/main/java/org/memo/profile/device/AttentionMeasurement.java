package org.memo.profile.device;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.memo.device.DeviceRegion;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Operation;
import org.memo.planner.cost.ElementType;

/** Times attention, forward and backward, at several head sizes and lengths. */
final class AttentionMeasurement {
  private static final int LARGEST_BATCH = 16;

  private final Workbench bench;
  private final ElementType type;
  private final long width;

  private AttentionMeasurement(Workbench bench, ElementType type) {
    this.bench = bench;
    this.type = type;
    this.width = bench.sizes().attentionWidth();
  }

  static List<AttentionSample> measure(Workbench bench, ElementType type) {
    AttentionMeasurement measurement = new AttentionMeasurement(bench, type);
    List<AttentionSample> samples = new ArrayList<>();
    for (int headSize : bench.sizes().headSizes()) {
      for (long length : bench.sizes().attentionLengths()) {
        samples.add(measurement.sample(headSize, length));
      }
    }
    return samples;
  }

  private AttentionSample sample(int headSize, long length) {
    long heads = width / headSize;
    double pairs = (double) length * (length + 1) / 2;
    float scale = (float) (1 / Math.sqrt(headSize));
    AttentionShape shape = new AttentionShape(length, heads, heads, headSize, scale, 2, pairs);
    DeviceRegion offsets = bench.oneSegment(length);
    return new AttentionSample(
        headSize,
        length,
        rate(4 * pairs * width, () -> forward(shape, offsets)),
        rate(10 * pairs * width, () -> backward(shape, offsets)));
  }

  private double rate(double flops, Supplier<Operation> operations) {
    int count = (int) Math.clamp(bench.sizes().batchFlops() / flops, 1, LARGEST_BATCH);
    return flops / bench.seconds(count, operations);
  }

  private FlashAttentionForward forward(AttentionShape shape, DeviceRegion offsets) {
    return new FlashAttentionForward(
        bench.elements(type, shape.tokens() * shape.qkvWidth()),
        bench.elements(type, shape.tokens() * shape.outWidth()),
        bench.floats(shape.tokens() * shape.heads()),
        offsets,
        shape,
        type);
  }

  private FlashAttentionBackward backward(AttentionShape shape, DeviceRegion offsets) {
    return new FlashAttentionBackward(
        bench.elements(type, shape.tokens() * shape.qkvWidth()),
        bench.elements(type, shape.tokens() * shape.outWidth()),
        bench.elements(type, shape.tokens() * shape.outWidth()),
        bench.floats(shape.tokens() * shape.heads()),
        bench.floats(shape.tokens() * shape.heads()),
        bench.elements(type, shape.tokens() * shape.qkvWidth()),
        offsets,
        shape,
        type);
  }
}
