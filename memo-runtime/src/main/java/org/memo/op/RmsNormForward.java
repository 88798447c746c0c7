package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code y = x / sqrt(mean(x^2) + epsilon) * weight}, row by row.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param y [rows, cols]
 */
public record RmsNormForward(
    DeviceRegion x, DeviceRegion weight, DeviceRegion y, long rows, long cols, float epsilon)
    implements Operation {
  public RmsNormForward {
    Shapes.requireFloats("x", x, rows, cols);
    Shapes.requireFloats("weight", weight, cols);
    Shapes.requireFloats("y", y, rows, cols);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, weight);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(y);
  }

  @Override
  public double flops() {
    return 4.0 * rows * cols;
  }
}
