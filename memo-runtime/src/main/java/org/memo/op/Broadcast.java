package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * Gives every rank what the first has in a region.
 *
 * @param region read on the first rank, written on the others
 */
public record Broadcast(DeviceRegion region, int ranks) implements Collective {
  public Broadcast {
    Shapes.requireRanks(ranks);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(region);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(region);
  }

  /** As in a ring: each rank passes all of it on, but for the last. */
  @Override
  public long wireBytes() {
    return ranks == 1 ? 0 : region.sizeBytes();
  }
}
