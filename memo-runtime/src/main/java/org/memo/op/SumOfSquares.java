package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code sum += x[i]^2} in f64, in an order that does not depend on threads.
 *
 * @param x [elements]
 * @param sum [1] f64
 */
public record SumOfSquares(DeviceRegion x, DeviceRegion sum, long elements) implements Operation {
  public SumOfSquares {
    Shapes.requireFloats("x", x, elements);
    Shapes.requireDoubles("sum", sum, 1);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, sum);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(sum);
  }

  @Override
  public double flops() {
    return 2.0 * elements;
  }
}
