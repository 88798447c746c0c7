package org.memo.device.host;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.Collectives;
import org.memo.device.DeviceRegion;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Barrier;
import org.memo.op.Broadcast;
import org.memo.op.Collective;
import org.memo.op.HeadsToTokens;
import org.memo.op.ReduceScatter;
import org.memo.op.Shift;
import org.memo.op.TokensToHeads;
import org.memo.planner.cost.ElementType;

/** Runs collective operations in the calling thread, over a stream's channels. */
final class HostCollectives {
  private final Collectives collectives;
  private final String stream;
  private final Function<DeviceRegion, MemorySegment> memory;
  private final Map<Integer, CollectiveChannel> channels = new HashMap<>();

  /**
   * @param memory of a region of the slab
   */
  HostCollectives(
      Collectives collectives, String stream, Function<DeviceRegion, MemorySegment> memory) {
    this.collectives = collectives;
    this.stream = stream;
    this.memory = memory;
  }

  void run(Collective operation) {
    CollectiveChannel channel = channel(operation);
    collectives.log().began(stream, operation);
    run(operation, channel);
    collectives.log().ended(stream);
  }

  private void run(Collective operation, CollectiveChannel channel) {
    switch (operation) {
      case AllGather op -> channel.allGather(at(op.shard()), at(op.whole()));
      case ReduceScatter op -> {
        requireFloats(op);
        channel.reduceScatter(at(op.whole()), at(op.shard()), op.accumulate());
      }
      case AllReduce op -> {
        requireFloats(op);
        channel.allReduce(at(op.region()));
      }
      case AllReduceDoubles op -> channel.allReduceDoubles(at(op.sums()));
      case TokensToHeads op ->
          channel.tokensToHeads(at(op.source()), at(op.target()), op.exchange());
      case HeadsToTokens op ->
          channel.headsToTokens(at(op.source()), at(op.target()), op.exchange());
      case Shift op -> channel.shift(at(op.source()), at(op.target()), op.distance());
      case Broadcast op -> channel.broadcast(at(op.region()));
      case Barrier _ -> channel.barrier();
    }
  }

  /** Channels sum f32 only, which gradients are; a group of one sums nothing. */
  private static void requireFloats(Collective operation) {
    if (operation.type() != ElementType.F32 && operation.ranks() > 1) {
      throw new UnsupportedOperationException(
          "%s in %s: ranks on the host sum F32 only".formatted(operation.name(), operation.type()));
    }
  }

  private CollectiveChannel channel(Collective operation) {
    int ranks = operation.ranks();
    if (collectives.ranks() % ranks != 0) {
      throw new IllegalArgumentException(
          "%s is over ranks=%d, which does not divide the device's group of %d"
              .formatted(operation.name(), ranks, collectives.ranks()));
    }
    return channels.computeIfAbsent(ranks, size -> collectives.channel(stream, size));
  }

  private MemorySegment at(DeviceRegion region) {
    return memory.apply(region);
  }
}
