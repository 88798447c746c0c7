package org.memo.device.host;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.memo.collective.CollectiveChannel;
import org.memo.device.DeviceRegion;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Collective;
import org.memo.op.HeadsToTokens;
import org.memo.op.ReduceScatter;
import org.memo.op.TokensToHeads;

/**
 * Runs collective operations in the calling thread, over a stream's channel.
 *
 * @param memory of a region of the slab
 */
record HostCollectives(
    CollectiveChannel channel, int ranks, Function<DeviceRegion, MemorySegment> memory) {

  void run(Collective operation) {
    if (operation.ranks() != ranks) {
      throw new IllegalArgumentException(
          "%s is over ranks=%d, the device's group has %d"
              .formatted(operation.name(), operation.ranks(), ranks));
    }
    switch (operation) {
      case AllGather op -> channel.allGather(at(op.shard()), at(op.whole()));
      case ReduceScatter op ->
          channel.reduceScatter(at(op.whole()), at(op.shard()), op.accumulate());
      case AllReduce op -> channel.allReduce(at(op.region()));
      case AllReduceDoubles op -> channel.allReduceDoubles(at(op.sums()));
      case TokensToHeads op ->
          channel.tokensToHeads(at(op.source()), at(op.target()), op.layout(), op.tokens());
      case HeadsToTokens op ->
          channel.headsToTokens(at(op.source()), at(op.target()), op.layout(), op.tokens());
    }
  }

  private MemorySegment at(DeviceRegion region) {
    return memory.apply(region);
  }
}
