package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@link AllReduce} of f64: the sums of a step, which are its loss and its gradient's squares.
 *
 * @param sums f64
 */
public record AllReduceDoubles(DeviceRegion sums, int ranks) implements Collective {
  public AllReduceDoubles {
    Shapes.requireRanks(ranks);
    Shapes.requireElements("sums", sums, Double.BYTES);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(sums);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(sums);
  }

  @Override
  public long wireBytes() {
    return Shapes.allReduceWireBytes(sums, ranks);
  }
}
