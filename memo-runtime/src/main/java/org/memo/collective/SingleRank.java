package org.memo.collective;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import org.memo.op.HeadExchange;

/**
 * The group of one: what would be exchanged is copied, and a sum over the ranks is its only part.
 */
public final class SingleRank implements Collectives, CollectiveChannel {
  private final CollectiveLog log = new CollectiveLog(false);

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int ranks() {
    return 1;
  }

  @Override
  public int localRanks() {
    return 1;
  }

  @Override
  public CollectiveLog log() {
    return log;
  }

  @Override
  public CollectiveChannel channel(String name, int ranks) {
    return this;
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    return List.of(mine);
  }

  @Override
  public void fail(Throwable cause) {}

  @Override
  public void allGather(MemorySegment shard, MemorySegment whole) {
    whole.copyFrom(shard);
  }

  @Override
  public void reduceScatter(MemorySegment whole, MemorySegment shard, boolean accumulate) {
    if (accumulate) {
      new FloatSums().sum(1, rank -> whole, shard, true);
    } else {
      shard.copyFrom(whole);
    }
  }

  @Override
  public void allReduce(MemorySegment floats) {}

  @Override
  public void allReduceDoubles(MemorySegment doubles) {}

  @Override
  public void tokensToHeads(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    new HeadRows(exchange).toHeads(source, target, moves(exchange));
  }

  @Override
  public void headsToTokens(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    new HeadRows(exchange).toTokens(source, target, moves(exchange));
  }

  @Override
  public void shift(MemorySegment source, MemorySegment target, int distance) {
    target.copyFrom(source);
  }

  @Override
  public void broadcast(MemorySegment bytes) {}

  @Override
  public void barrier() {}

  private static List<HeadMove> moves(HeadExchange exchange) {
    return HeadMove.of(exchange.wholeHeads(0), new BitSet());
  }
}
