package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code dbias[c] += sum over t of dy[t, c]}.
 *
 * @param dy [rows, cols]
 * @param dbias [cols]
 */
public record BiasBackward(DeviceRegion dy, DeviceRegion dbias, long rows, long cols)
    implements Operation {
  public BiasBackward {
    Shapes.requireFloats("dy", dy, rows, cols);
    Shapes.requireFloats("dbias", dbias, cols);
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
