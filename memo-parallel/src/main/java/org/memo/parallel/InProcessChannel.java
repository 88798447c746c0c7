package org.memo.parallel;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import org.memo.collective.CallText;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.DoubleSums;
import org.memo.collective.FloatSums;
import org.memo.collective.HeadMove;
import org.memo.collective.HeadRows;
import org.memo.collective.RankSums;
import org.memo.op.HeadExchange;

/** One rank's end of a channel: each rank writes its own memory and reads that of the others. */
final class InProcessChannel implements CollectiveChannel {
  private final Meeting meeting;
  private final int rank;
  private final int ranks;
  private final RankSums floatSums = new FloatSums();
  private final RankSums doubleSums = new DoubleSums();

  InProcessChannel(Meeting meeting, int rank, int ranks) {
    this.meeting = meeting;
    this.rank = rank;
    this.ranks = ranks;
  }

  @Override
  public void allGather(MemorySegment shard, MemorySegment whole) {
    long shardBytes = shard.byteSize();
    meeting.hold(
        rank,
        new Call(CallText.allGather(shardBytes), shard),
        () -> {
          for (int from = 0; from < ranks; from++) {
            copy(source(from), whole.asSlice(from * shardBytes, shardBytes));
          }
        });
  }

  @Override
  public void reduceScatter(MemorySegment whole, MemorySegment shard, boolean accumulate) {
    long shardBytes = shard.byteSize();
    meeting.hold(
        rank,
        new Call(CallText.reduceScatter(shardBytes, accumulate), whole),
        () ->
            floatSums.sum(
                ranks,
                from -> source(from).asSlice(rank * shardBytes, shardBytes),
                shard,
                accumulate));
  }

  @Override
  public void allReduce(MemorySegment floats) {
    allReduce(CallText.allReduce(floats.byteSize()), floats, floatSums);
  }

  @Override
  public void allReduceDoubles(MemorySegment doubles) {
    allReduce(CallText.allReduceDoubles(doubles.byteSize()), doubles, doubleSums);
  }

  /** Each rank sums its part of the elements, then takes the others' sums. */
  private void allReduce(String what, MemorySegment region, RankSums sums) {
    meeting.hold(
        rank,
        new Call(what, region),
        () ->
            sums.sum(
                ranks,
                from -> sums.part(source(from), rank, ranks),
                sums.part(region, rank, ranks),
                false),
        () -> {
          for (int from = 0; from < ranks; from++) {
            copy(sums.part(source(from), from, ranks), sums.part(region, from, ranks));
          }
        });
  }

  @Override
  public void tokensToHeads(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    HeadRows rows = new HeadRows(exchange);
    List<HeadMove> moves = HeadMove.of(exchange.wholeHeads(rank), new BitSet());
    meeting.hold(
        rank,
        new Call(CallText.tokensToHeads(exchange), source),
        () -> {
          for (int from = 0; from < ranks; from++) {
            rows.toHeads(source(from), rows.localRows(target, from), moves);
          }
        });
  }

  @Override
  public void headsToTokens(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    HeadRows rows = new HeadRows(exchange);
    BitSet written = new BitSet();
    meeting.hold(
        rank,
        new Call(CallText.headsToTokens(exchange), source),
        () -> {
          for (int from = 0; from < ranks; from++) {
            List<HeadMove> moves = HeadMove.of(exchange.wholeHeads(from), written);
            rows.toTokens(rows.localRows(source(from), rank), target, moves);
          }
        });
  }

  @Override
  public void shift(MemorySegment source, MemorySegment target, int distance) {
    meeting.hold(
        rank,
        new Call(CallText.shift(source.byteSize(), distance), source),
        () -> target.copyFrom(source(Math.floorMod(rank - distance, ranks))));
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    meeting.hold(
        rank, new Call(CallText.broadcast(bytes.byteSize()), bytes), () -> copy(source(0), bytes));
  }

  @Override
  public void barrier() {
    meeting.hold(rank, new Call(CallText.barrier(), MemorySegment.NULL));
  }

  private MemorySegment source(int from) {
    return meeting.call(from).source();
  }

  /** Leaves in place what is there already: others may be reading it. */
  private static void copy(MemorySegment source, MemorySegment target) {
    if (source.asOverlappingSlice(target).isEmpty()) {
      target.copyFrom(source);
    }
  }
}
