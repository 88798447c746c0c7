package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code y += x}.
 *
 * @param y [elements]
 * @param x [elements]
 * @param type of y and x
 */
public record ResidualAdd(DeviceRegion y, DeviceRegion x, long elements, ElementType type)
    implements Operation {
  public ResidualAdd {
    Shapes.require("y", y, type, elements);
    Shapes.require("x", x, type, elements);
  }

  /** In f32. */
  public ResidualAdd(DeviceRegion y, DeviceRegion x, long elements) {
    this(y, x, elements, ElementType.F32);
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
