package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code dbias[c] += sum over t of dy[t, c]}.
 *
 * @param dy [rows, cols]
 * @param dbias [cols] f32
 * @param type of dy
 */
public record BiasBackward(
    DeviceRegion dy, DeviceRegion dbias, long rows, long cols, ElementType type)
    implements Operation {
  public BiasBackward {
    Shapes.require("dy", dy, type, rows, cols);
    Shapes.requireFloats("dbias", dbias, cols);
  }

  /** In f32. */
  public BiasBackward(DeviceRegion dy, DeviceRegion dbias, long rows, long cols) {
    this(dy, dbias, rows, cols, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(dy, dbias);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(dbias);
  }

  @Override
  public double flops() {
    return 1.0 * rows * cols;
  }
}
