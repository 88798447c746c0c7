package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The gradient of {@link GeluForward}, in place both ways as {@link SwiGluBackward}.
 *
 * @param x [elements]: becomes its gradient
 * @param act [elements]: the gradient of the activation; becomes the activation
 * @param type of x and act
 */
public record GeluBackward(DeviceRegion x, DeviceRegion act, long elements, ElementType type)
    implements Operation {
  public GeluBackward {
    Shapes.require("x", x, type, elements);
    Shapes.require("act", act, type, elements);
  }

  /** In f32. */
  public GeluBackward(DeviceRegion x, DeviceRegion act, long elements) {
    this(x, act, elements, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, act);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(x, act);
  }

  @Override
  public double flops() {
    return 24.0 * elements;
  }
}
