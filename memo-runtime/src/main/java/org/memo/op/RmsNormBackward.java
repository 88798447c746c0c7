package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * The gradient of {@link RmsNormForward}; the statistics are computed again from x.
 *
 * @param x [rows, cols]
 * @param weight [cols]
 * @param dy [rows, cols]
 * @param dx [rows, cols], accumulated; must not overlap x or dy
 * @param dweight [cols], accumulated
 */
public record RmsNormBackward(
    DeviceRegion x,
    DeviceRegion weight,
    DeviceRegion dy,
    DeviceRegion dx,
    DeviceRegion dweight,
    long rows,
    long cols,
    float epsilon)
    implements Operation {
  public RmsNormBackward {
    Shapes.requireFloats("x", x, rows, cols);
    Shapes.requireFloats("weight", weight, cols);
    Shapes.requireFloats("dy", dy, rows, cols);
    Shapes.requireFloats("dx", dx, rows, cols);
    Shapes.requireFloats("dweight", dweight, cols);
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
