package org.memo.collective;

import java.lang.foreign.MemorySegment;
import org.memo.op.HeadExchange;

/**
 * Calls that all ranks of a group make together, in the same order and with equal sizes; each
 * returns when this rank's target is whole and its source may be changed. Elements are f32 unless
 * said otherwise, at any address. Sums are taken in the order of the ranks, so that their bits do
 * not depend on timing. The operations of the same names in {@link org.memo.op} say what each does.
 *
 * <p>A call throws {@link LostRankException} when another rank failed, ended or did not come. One
 * thread at a time uses a channel.
 */
public interface CollectiveChannel {
  /** {@link org.memo.op.AllGather}; the shard may lie in the whole where it belongs. */
  void allGather(MemorySegment shard, MemorySegment whole);

  /** {@link org.memo.op.ReduceScatter}. */
  void reduceScatter(MemorySegment whole, MemorySegment shard, boolean accumulate);

  /** {@link org.memo.op.AllReduce}. */
  void allReduce(MemorySegment floats);

  /** {@link org.memo.op.AllReduceDoubles}. */
  void allReduceDoubles(MemorySegment doubles);

  /** {@link org.memo.op.TokensToHeads}. */
  void tokensToHeads(MemorySegment source, MemorySegment target, HeadExchange exchange);

  /** {@link org.memo.op.HeadsToTokens}; sums over the copies of a head are rounded to the type. */
  void headsToTokens(MemorySegment source, MemorySegment target, HeadExchange exchange);

  /** {@link org.memo.op.Shift}. */
  void shift(MemorySegment source, MemorySegment target, int distance);

  /** {@link org.memo.op.Broadcast}. */
  void broadcast(MemorySegment bytes);

  /** {@link org.memo.op.Barrier}. */
  void barrier();
}
