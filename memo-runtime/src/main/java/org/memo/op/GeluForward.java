package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code act = 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}.
 *
 * @param x [elements]
 * @param act [elements]
 */
public record GeluForward(DeviceRegion x, DeviceRegion act, long elements) implements Operation {
  public GeluForward {
    Shapes.requireFloats("x", x, elements);
    Shapes.requireFloats("act", act, elements);
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
