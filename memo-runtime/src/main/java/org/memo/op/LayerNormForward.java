package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code y = (x - mean(x)) / sqrt(var(x) + epsilon) * weight + bias}, row by row.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param bias [cols]
 * @param y [rows, cols]
 */
public record LayerNormForward(
    DeviceRegion x,
    DeviceRegion weight,
    DeviceRegion bias,
    DeviceRegion y,
    long rows,
    long cols,
    float epsilon)
    implements Operation {
  public LayerNormForward {
    Shapes.requireFloats("x", x, rows, cols);
    Shapes.requireFloats("weight", weight, cols);
    Shapes.requireFloats("bias", bias, cols);
    Shapes.requireFloats("y", y, rows, cols);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, weight, bias);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(y);
  }

  @Override
  public double flops() {
    return 7.0 * rows * cols;
  }
}
