package org.memo.profile.device;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.op.Gemm;
import org.memo.planner.cost.ElementType;

/** Times matrix products of the shapes that layers are made of, forward and backward. */
final class ProductMeasurement {
  private static final long HEAD_TOKENS = 512;
  private static final int LARGEST_BATCH = 32;

  private final Workbench bench;
  private final ElementType type;
  private final List<ProductSample> samples = new ArrayList<>();

  private ProductMeasurement(Workbench bench, ElementType type) {
    this.bench = bench;
    this.type = type;
  }

  /**
   * @param type of activations and weights; gradients of weights are f32
   */
  static List<ProductSample> measure(Workbench bench, ElementType type) {
    ProductMeasurement measurement = new ProductMeasurement(bench, type);
    BenchSizes sizes = bench.sizes();
    for (long tokens : sizes.productTokens()) {
      for (long[] weight : sizes.weights()) {
        measurement.linear(tokens, weight[0], weight[1]);
      }
    }
    measurement.linear(HEAD_TOKENS, sizes.vocab(), sizes.width());
    return measurement.samples;
  }

  /** The three products of a linear layer with its weight stored [outputs, inputs]. */
  private void linear(long tokens, long outputs, long inputs) {
    DeviceRegion weight = elements(outputs * inputs);
    DeviceRegion gradient = bench.floats(outputs * inputs);
    double flops = 2.0 * tokens * outputs * inputs;
    int count = (int) Math.clamp(bench.sizes().batchFlops() / flops, 1, LARGEST_BATCH);
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
        bench.seconds(count, () -> toWeight(tokens, gradient, outputs, inputs)));
  }

  private Gemm forward(long tokens, DeviceRegion weight, long outputs, long inputs) {
    DeviceRegion x = elements(tokens * inputs);
    DeviceRegion y = elements(tokens * outputs);
    return new Gemm(x, false, weight, true, y, false, tokens, outputs, inputs, type, type);
  }

  private Gemm toInput(long tokens, DeviceRegion weight, long outputs, long inputs) {
    DeviceRegion dy = elements(tokens * outputs);
    DeviceRegion dx = elements(tokens * inputs);
    return new Gemm(dy, false, weight, false, dx, false, tokens, inputs, outputs, type, type);
  }

  private Gemm toWeight(long tokens, DeviceRegion gradient, long outputs, long inputs) {
    DeviceRegion dy = elements(tokens * outputs);
    DeviceRegion x = elements(tokens * inputs);
    return new Gemm(
        dy, true, x, false, gradient, true, outputs, inputs, tokens, type, ElementType.F32);
  }

  private DeviceRegion elements(long count) {
    return bench.elements(type, count);
  }

  private void add(long m, long n, long k, double seconds) {
    samples.add(new ProductSample(m, n, k, seconds));
  }
}
