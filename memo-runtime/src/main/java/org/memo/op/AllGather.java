package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * Puts the shards of all ranks side by side, in the order of the ranks, on every rank.
 *
 * @param shard this rank's; it may lie in {@code whole} where it belongs
 * @param whole the size of all shards
 */
public record AllGather(DeviceRegion shard, DeviceRegion whole, int ranks) implements Collective {
  public AllGather {
    Shapes.requireShards(whole, shard, ranks);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(shard);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(whole);
  }

  @Override
  public long wireBytes() {
    return whole.sizeBytes() - shard.sizeBytes();
  }
}
