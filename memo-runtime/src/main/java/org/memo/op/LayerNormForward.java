package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code y = (x - mean(x)) / sqrt(var(x) + epsilon) * weight + bias}, row by row.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param bias [cols]
 * @param y [rows, cols]
 * @param type of x, weight, bias and y
 */
public record LayerNormForward(
    DeviceRegion x,
    DeviceRegion weight,
    DeviceRegion bias,
    DeviceRegion y,
    long rows,
    long cols,
    float epsilon,
    ElementType type)
    implements Operation {
  public LayerNormForward {
    Shapes.require("x", x, type, rows, cols);
    Shapes.require("weight", weight, type, cols);
    Shapes.require("bias", bias, type, cols);
    Shapes.require("y", y, type, rows, cols);
  }

  /** In f32. */
  public LayerNormForward(
      DeviceRegion x,
      DeviceRegion weight,
      DeviceRegion bias,
      DeviceRegion y,
      long rows,
      long cols,
      float epsilon) {
    this(x, weight, bias, y, rows, cols, epsilon, ElementType.F32);
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
