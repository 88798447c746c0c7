package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code y += x}.
 *
 * @param y [elements]
 * @param x [elements]
 */
public record ResidualAdd(DeviceRegion y, DeviceRegion x, long elements) implements Operation {
  public ResidualAdd {
    Shapes.requireFloats("y", y, elements);
    Shapes.requireFloats("x", x, elements);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(y, x);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(y);
  }

  @Override
  public double flops() {
    return 1.0 * elements;
  }
}
