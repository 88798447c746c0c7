package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code act = 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}.
 *
 * @param x [elements]
 * @param act [elements]
 * @param type of x and act
 */
public record GeluForward(DeviceRegion x, DeviceRegion act, long elements, ElementType type)
    implements Operation {
  public GeluForward {
    Shapes.require("x", x, type, elements);
    Shapes.require("act", act, type, elements);
  }

  /** In f32. */
  public GeluForward(DeviceRegion x, DeviceRegion act, long elements) {
    this(x, act, elements, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(act);
  }

  @Override
  public double flops() {
    return 12.0 * elements;
  }
}
