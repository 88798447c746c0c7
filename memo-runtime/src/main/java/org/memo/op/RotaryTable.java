package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * The cosines and sines of tokens' positions: of the f32 product position * inverseFrequency.
 *
 * @param inverseFrequencies [D/2]
 * @param positions [rows] i32
 * @param cosines [rows, D/2]
 * @param sines [rows, D/2]
 */
public record RotaryTable(
    DeviceRegion inverseFrequencies,
    DeviceRegion positions,
    DeviceRegion cosines,
    DeviceRegion sines,
    long rows,
    long halfDim)
    implements Operation {
  public RotaryTable {
    Shapes.requireFloats("inverseFrequencies", inverseFrequencies, halfDim);
    Shapes.requireInts("positions", positions, rows);
    Shapes.requireFloats("cosines", cosines, rows, halfDim);
    Shapes.requireFloats("sines", sines, rows, halfDim);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(inverseFrequencies, positions);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(cosines, sines);
  }
}
