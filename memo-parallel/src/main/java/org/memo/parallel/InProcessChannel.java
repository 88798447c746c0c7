package org.memo.parallel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.HeadMove;
import org.memo.collective.HeadRows;
import org.memo.op.HeadExchange;

/** One rank's end of a channel: each rank writes its own memory and reads that of the others. */
final class InProcessChannel implements CollectiveChannel {
  private final Meeting meeting;
  private final int rank;
  private final int ranks;
  private final FloatSums sums = new FloatSums();

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
        new Call("AllGather of shards of %d bytes".formatted(shardBytes), shard),
        () -> {
          for (int from = 0; from < ranks; from++) {
            copy(source(from), whole.asSlice(from * shardBytes, shardBytes));
          }
        });
  }

  @Override
  public void reduceScatter(MemorySegment whole, MemorySegment shard, boolean accumulate) {
    long shardBytes = shard.byteSize();
    String what =
        "ReduceScatter to shards of %d bytes%s"
            .formatted(shardBytes, accumulate ? ", accumulated" : "");
    meeting.hold(
        rank,
        new Call(what, whole),
        () ->
            sums.sum(
                ranks,
                from -> source(from).asSlice(rank * shardBytes, shardBytes),
                shard,
                accumulate));
  }

  /** Each rank sums its part of the elements, then takes the others' sums. */
  @Override
  public void allReduce(MemorySegment floats) {
    meeting.hold(
        rank,
        new Call("AllReduce of %d bytes".formatted(floats.byteSize()), floats),
        () -> sums.sum(ranks, from -> part(source(from), rank), part(floats, rank), false),
        () -> {
          for (int from = 0; from < ranks; from++) {
            copy(part(source(from), from), part(floats, from));
          }
        });
  }

  @Override
  public void allReduceDoubles(MemorySegment doubles) {
    double[] total = new double[Math.toIntExact(doubles.byteSize() / Double.BYTES)];
    meeting.hold(
        rank,
        new Call("AllReduceDoubles of %d bytes".formatted(doubles.byteSize()), doubles),
        () -> {
          for (int from = 0; from < ranks; from++) {
            double[] addends = source(from).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
            for (int i = 0; i < total.length; i++) {
              total[i] = from == 0 ? addends[i] : total[i] + addends[i];
            }
          }
        },
        () -> doubles.copyFrom(MemorySegment.ofArray(total)));
  }

  @Override
  public void tokensToHeads(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    HeadRows rows = new HeadRows(exchange);
    List<HeadMove> moves = HeadMove.of(exchange.wholeHeads(rank), new BitSet());
    meeting.hold(
        rank,
        new Call("TokensToHeads of " + exchange, source),
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
        new Call("HeadsToTokens of " + exchange, source),
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
        new Call("Shift of %d bytes by %d".formatted(source.byteSize(), distance), source),
        () -> target.copyFrom(source(Math.floorMod(rank - distance, ranks))));
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    meeting.hold(
        rank,
        new Call("Broadcast of %d bytes".formatted(bytes.byteSize()), bytes),
        () -> copy(source(0), bytes));
  }

  @Override
  public void barrier() {
    meeting.hold(rank, new Call("Barrier", MemorySegment.NULL));
  }

  private MemorySegment source(int from) {
    return meeting.call(from).source();
  }

  /** The elements that a rank sums, of a region's. */
  private MemorySegment part(MemorySegment floats, int owner) {
    long elements = floats.byteSize() / Float.BYTES;
    long first = elements * owner / ranks;
    long end = elements * (owner + 1) / ranks;
    return floats.asSlice(first * Float.BYTES, (end - first) * Float.BYTES);
  }

  /** Leaves in place what is there already: others may be reading it. */
  private static void copy(MemorySegment source, MemorySegment target) {
    if (source.asOverlappingSlice(target).isEmpty()) {
      target.copyFrom(source);
    }
  }
}
