package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Sums {@code whole} over the ranks, in an order that does not depend on timing, and leaves each
 * rank its shard of the sum: {@code shard = sum}, or {@code shard += sum} where accumulate.
 *
 * @param whole the size of all shards, in the order of the ranks; where it accumulates, what it
 *     holds afterwards is undefined
 * @param shard this rank's; where it does not accumulate it may lie in {@code whole} where it
 *     belongs
 * @param type of both
 */
public record ReduceScatter(
    DeviceRegion whole, DeviceRegion shard, ElementType type, boolean accumulate, int ranks)
    implements Collective {
  public ReduceScatter {
    Shapes.requireShards(whole, shard, ranks);
    Shapes.requireElements("shard", shard, type.bytes());
  }

  @Override
  public List<MemoryRegion> reads() {
    return accumulate ? List.of(whole, shard) : List.of(whole);
  }

  @Override
  public List<MemoryRegion> writes() {
    return accumulate ? List.of(whole, shard) : List.of(shard);
  }

  @Override
  public long wireBytes() {
    return whole.sizeBytes() - shard.sizeBytes();
  }
}
