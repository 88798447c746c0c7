package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * The cosines and sines of every position: of the f32 product position * inverseFrequency.
 *
 * @param inverseFrequencies [D/2]
 * @param cosines [positions, D/2]
 * @param sines [positions, D/2]
 */
public record RotaryTable(
    DeviceRegion inverseFrequencies,
    DeviceRegion cosines,
    DeviceRegion sines,
    long positions,
    long halfDim)
    implements Operation {
  public RotaryTable {
    Shapes.requireFloats("inverseFrequencies", inverseFrequencies, halfDim);
    Shapes.requireFloats("cosines", cosines, positions, halfDim);
    Shapes.requireFloats("sines", sines, positions, halfDim);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(inverseFrequencies);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(cosines, sines);
  }
}
