package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * Sends a region to the rank {@code distance} further and receives one from the rank as far before,
 * in a ring of all ranks: ring attention's step.
 *
 * @param source to send
 * @param target as large
 * @param distance 1 to {@code ranks - 1}; 0 where the ring is one rank
 */
public record Shift(DeviceRegion source, DeviceRegion target, int ranks, int distance)
    implements Collective {
  public Shift {
    Shapes.requireRanks(ranks);
    Shapes.requireDisjoint(source, target);
    Shapes.requireEqual(source, target);
    if (distance < 0 || distance >= ranks) {
      throw new IllegalArgumentException("distance=%d ranks=%d".formatted(distance, ranks));
    }
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(source);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }

  @Override
  public long wireBytes() {
    return distance == 0 ? 0 : source.sizeBytes();
  }
}
