package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The gradient of {@link LayerNormForward}; the statistics are computed again from x.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param dy [rows, cols]
 * @param dx [rows, cols], accumulated; must not overlap x or dy
 * @param dweight [cols] f32, accumulated
 * @param dbias [cols] f32, accumulated
 * @param type of x, weight, dy and dx
 */
public record LayerNormBackward(
    DeviceRegion x,
    DeviceRegion weight,
    DeviceRegion dy,
    DeviceRegion dx,
    DeviceRegion dweight,
    DeviceRegion dbias,
    long rows,
    long cols,
    float epsilon,
    ElementType type)
    implements Operation {
  public LayerNormBackward {
    Shapes.require("x", x, type, rows, cols);
    Shapes.require("weight", weight, type, cols);
    Shapes.require("dy", dy, type, rows, cols);
    Shapes.require("dx", dx, type, rows, cols);
    Shapes.requireFloats("dweight", dweight, cols);
    Shapes.requireFloats("dbias", dbias, cols);
  }

  /** In f32. */
  public LayerNormBackward(
      DeviceRegion x,
      DeviceRegion weight,
      DeviceRegion dy,
      DeviceRegion dx,
      DeviceRegion dweight,
      DeviceRegion dbias,
      long rows,
      long cols,
      float epsilon) {
    this(x, weight, dy, dx, dweight, dbias, rows, cols, epsilon, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, weight, dy, dx, dweight, dbias);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(dx, dweight, dbias);
  }

  @Override
  public double flops() {
    return 14.0 * rows * cols;
  }
}
