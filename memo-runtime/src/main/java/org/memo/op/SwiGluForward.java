package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code act = silu(gate) * up}.
 *
 * @param gateUp [rows, 2F]: the gates in the first F columns, the ups in the last
 * @param act [rows, F]
 * @param type of gateUp and act
 */
public record SwiGluForward(
    DeviceRegion gateUp, DeviceRegion act, long rows, long ffn, ElementType type)
    implements Operation {
  public SwiGluForward {
    Shapes.require("gateUp", gateUp, type, rows, Math.multiplyExact(2, ffn));
    Shapes.require("act", act, type, rows, ffn);
  }

  /** In f32. */
  public SwiGluForward(DeviceRegion gateUp, DeviceRegion act, long rows, long ffn) {
    this(gateUp, act, rows, ffn, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(gateUp);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(act);
  }

  @Override
  public double flops() {
    return 6.0 * rows * ffn;
  }
}
