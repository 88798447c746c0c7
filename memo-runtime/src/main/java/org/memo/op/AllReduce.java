package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Replaces a region by its sum over the ranks, in place, in an order that does not depend on
 * timing: every rank ends with the same bits.
 *
 * @param type of its elements
 */
public record AllReduce(DeviceRegion region, ElementType type, int ranks) implements Collective {
  public AllReduce {
    Shapes.requireRanks(ranks);
    Shapes.requireElements("region", region, type.bytes());
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(region);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(region);
  }

  @Override
  public long wireBytes() {
    return Shapes.allReduceWireBytes(region, ranks);
  }
}
