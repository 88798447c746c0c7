package org.memo.op;

import java.util.List;
import org.memo.device.MemoryRegion;

/** What follows on the stream starts when all ranks have come here. */
public record Barrier(int ranks) implements Collective {
  public Barrier {
    Shapes.requireRanks(ranks);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of();
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of();
  }

  @Override
  public long wireBytes() {
    return 0;
  }
}
