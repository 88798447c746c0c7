package org.memo.profile.device;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.op.Gemm;

/** Times matrix products of the shapes that layers are made of, forward and backward. */
final class ProductMeasurement {
  private static final long[] TOKENS = {128, 512, 2048};
  private static final long[][] WEIGHTS = {{512, 512}, {2048, 512}, {512, 2048}};
  private static final long HEAD_TOKENS = 512;
  private static final long HEAD_OUTPUTS = 16_384;
  private static final long HEAD_INPUTS = 512;

  /** So many are submitted together. */
  private static final double BATCH_FLOPS = 4e9;

  private static final int LARGEST_BATCH = 32;

  private final Workbench bench;
  private final List<ProductSample> samples = new ArrayList<>();

  private ProductMeasurement(Workbench bench) {
    this.bench = bench;
  }

  static List<ProductSample> measure(Workbench bench) {
    ProductMeasurement measurement = new ProductMeasurement(bench);
    for (long tokens : TOKENS) {
      for (long[] weight : WEIGHTS) {
        measurement.linear(tokens, weight[0], weight[1]);
      }
    }
    measurement.linear(HEAD_TOKENS, HEAD_OUTPUTS, HEAD_INPUTS);
    return measurement.samples;
  }

  /** The three products of a linear layer with its weight stored [outputs, inputs]. */
  private void linear(long tokens, long outputs, long inputs) {
    DeviceRegion weight = bench.floats(outputs * inputs);
    int count = (int) Math.clamp(BATCH_FLOPS / (2.0 * tokens * outputs * inputs), 1, LARGEST_BATCH);
    add(
        tokens,
        outputs,
        inputs,
        bench.seconds(count, () -> forward(tokens, weight, outputs, inputs)));
    add(
        tokens,
        inputs,
        outputs,
        bench.seconds(count, () -> toInput(tokens, weight, outputs, inputs)));
    add(
        outputs,
        inputs,
        tokens,
        bench.seconds(count, () -> toWeight(tokens, weight, outputs, inputs)));
  }

  private Gemm forward(long tokens, DeviceRegion weight, long outputs, long inputs) {
    DeviceRegion x = bench.floats(tokens * inputs);
    DeviceRegion y = bench.floats(tokens * outputs);
    return new Gemm(x, false, weight, true, y, false, tokens, outputs, inputs);
  }

  private Gemm toInput(long tokens, DeviceRegion weight, long outputs, long inputs) {
    DeviceRegion dy = bench.floats(tokens * outputs);
    DeviceRegion dx = bench.floats(tokens * inputs);
    return new Gemm(dy, false, weight, false, dx, false, tokens, inputs, outputs);
  }

  private Gemm toWeight(long tokens, DeviceRegion gradient, long outputs, long inputs) {
    DeviceRegion dy = bench.floats(tokens * outputs);
    DeviceRegion x = bench.floats(tokens * inputs);
    return new Gemm(dy, true, x, false, gradient, true, outputs, inputs, tokens);
  }

  private void add(long m, long n, long k, double seconds) {
    samples.add(new ProductSample(m, n, k, seconds));
  }
}
