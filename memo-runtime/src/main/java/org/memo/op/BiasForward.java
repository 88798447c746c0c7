package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code y[t, c] += bias[c]}.
 *
 * @param y [rows, cols]
 * @param bias [cols]
 * @param type of y and bias
 */
public record BiasForward(DeviceRegion y, DeviceRegion bias, long rows, long cols, ElementType type)
    implements Operation {
  public BiasForward {
    Shapes.require("y", y, type, rows, cols);
    Shapes.require("bias", bias, type, cols);
  }

  /** In f32. */
  public BiasForward(DeviceRegion y, DeviceRegion bias, long rows, long cols) {
    this(y, bias, rows, cols, ElementType.F32);
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
