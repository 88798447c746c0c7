package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The gradient of {@link RmsNormForward}; the statistics are computed again from x.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param dy [rows, cols]
 * @param dx [rows, cols], accumulated; must not overlap x or dy
 * @param dweight [cols] f32, accumulated
 * @param type of x, weight, dy and dx
 */
public record RmsNormBackward(
    DeviceRegion x,
    DeviceRegion weight,
    DeviceRegion dy,
    DeviceRegion dx,
    DeviceRegion dweight,
    long rows,
    long cols,
    float epsilon,
    ElementType type)
    implements Operation {
  public RmsNormBackward {
    Shapes.require("x", x, type, rows, cols);
    Shapes.require("weight", weight, type, cols);
    Shapes.require("dy", dy, type, rows, cols);
    Shapes.require("dx", dx, type, rows, cols);
    Shapes.requireFloats("dweight", dweight, cols);
  }

  /** In f32. */
  public RmsNormBackward(
      DeviceRegion x,
      DeviceRegion weight,
      DeviceRegion dy,
      DeviceRegion dx,
      DeviceRegion dweight,
      long rows,
      long cols,
      float epsilon) {
    this(x, weight, dy, dx, dweight, rows, cols, epsilon, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, weight, dy, dx, dweight);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(dx, dweight);
  }

  @Override
  public double flops() {
    return 10.0 * rows * cols;
  }
}
