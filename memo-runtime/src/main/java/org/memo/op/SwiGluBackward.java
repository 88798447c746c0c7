package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The gradient of {@link SwiGluForward}, in place both ways: the weight gradient of the down
 * projection needs the activation again, and its gradient is not needed any more.
 *
 * @param gateUp [rows, 2F]: becomes its gradient
 * @param act [rows, F]: the gradient of the activation; becomes the activation
 * @param type of gateUp and act
 */
public record SwiGluBackward(
    DeviceRegion gateUp, DeviceRegion act, long rows, long ffn, ElementType type)
    implements Operation {
  public SwiGluBackward {
    Shapes.require("gateUp", gateUp, type, rows, Math.multiplyExact(2, ffn));
    Shapes.require("act", act, type, rows, ffn);
  }

  /** In f32. */
  public SwiGluBackward(DeviceRegion gateUp, DeviceRegion act, long rows, long ffn) {
    this(gateUp, act, rows, ffn, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(gateUp, act);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(gateUp, act);
  }

  @Override
  public double flops() {
    return 14.0 * rows * ffn;
  }
}
