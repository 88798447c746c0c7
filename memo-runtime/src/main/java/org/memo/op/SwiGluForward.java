package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code act = silu(gate) * up}.
 *
 * @param gateUp [rows, 2F]: the gates in the first F columns, the ups in the last
 * @param act [rows, F]
 */
public record SwiGluForward(DeviceRegion gateUp, DeviceRegion act, long rows, long ffn)
    implements Operation {
  public SwiGluForward {
    Shapes.requireFloats("gateUp", gateUp, rows, Math.multiplyExact(2, ffn));
    Shapes.requireFloats("act", act, rows, ffn);
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
