package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * The gradient of {@link GeluForward}, in place both ways as {@link SwiGluBackward}.
 *
 * @param x [elements]: becomes its gradient
 * @param act [elements]: the gradient of the activation; becomes the activation
 */
public record GeluBackward(DeviceRegion x, DeviceRegion act, long elements) implements Operation {
  public GeluBackward {
    Shapes.requireFloats("x", x, elements);
    Shapes.requireFloats("act", act, elements);
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
