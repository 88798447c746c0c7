package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code y[t, c] += bias[c]}.
 *
 * @param y [rows, cols]
 * @param bias [cols]
 */
public record BiasForward(DeviceRegion y, DeviceRegion bias, long rows, long cols)
    implements Operation {
  public BiasForward {
    Shapes.requireFloats("y", y, rows, cols);
    Shapes.requireFloats("bias", bias, cols);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(y, bias);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(y);
  }

  @Override
  public double flops() {
    return 1.0 * rows * cols;
  }
}
