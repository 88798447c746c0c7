package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code y = x / sqrt(mean(x^2) + epsilon) * weight}, row by row.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param y [rows, cols]
 * @param type of x, weight and y
 */
public record RmsNormForward(
    DeviceRegion x,
    DeviceRegion weight,
    DeviceRegion y,
    long rows,
    long cols,
    float epsilon,
    ElementType type)
    implements Operation {
  public RmsNormForward {
    Shapes.require("x", x, type, rows, cols);
    Shapes.require("weight", weight, type, cols);
    Shapes.require("y", y, type, rows, cols);
  }

  /** In f32. */
  public RmsNormForward(
      DeviceRegion x, DeviceRegion weight, DeviceRegion y, long rows, long cols, float epsilon) {
    this(x, weight, y, rows, cols, epsilon, ElementType.F32);
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
