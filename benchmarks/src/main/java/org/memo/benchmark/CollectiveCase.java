package org.memo.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.Collective;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.ReduceScatter;
import org.memo.op.Shift;
import org.memo.op.TokensToHeads;
import org.memo.planner.cost.ElementType;

/**
 * A collective in a slab of two halves, and what it leaves where every rank brings its rank plus 1
 * in all elements.
 *
 * @param target as many equal parts as there are ranks
 * @param parts what all elements of each part are then
 */
record CollectiveCase(Collective operation, DeviceRegion target, IntUnaryOperator parts) {
  private static final int HEAD_DIM = 64;

  /**
   * All that are timed.
   *
   * @param sizeBytes of a half, as much of which is exchanged as is whole for all ranks
   */
  static List<CollectiveCase> of(int rank, int ranks, long sizeBytes) {
    long rowBytes = HEAD_DIM * Float.BYTES;
    long shardBytes = sizeBytes / ranks / rowBytes * rowBytes;
    long tokens = ranks * (shardBytes / rowBytes);
    DeviceRegion whole = new DeviceRegion(0, ranks * shardBytes);
    DeviceRegion other = new DeviceRegion(sizeBytes, ranks * shardBytes);
    DeviceRegion shard = new DeviceRegion(sizeBytes, shardBytes);
    HeadLayout heads = HeadLayout.queries(ranks, ranks, HEAD_DIM);
    HeadExchange exchange = new HeadExchange(heads, tokens, ElementType.F32, ranks);
    int sum = ranks * (ranks + 1) / 2;
    int before = Math.floorMod(rank - 1, ranks);
    return List.of(
        new CollectiveCase(new AllGather(shard, whole, ranks), whole, from -> from + 1),
        new CollectiveCase(
            new ReduceScatter(whole, shard, ElementType.F32, false, ranks), shard, part -> sum),
        new CollectiveCase(new AllReduce(whole, ElementType.F32, ranks), whole, part -> sum),
        new CollectiveCase(new TokensToHeads(whole, other, exchange), other, from -> from + 1),
        new CollectiveCase(new Shift(whole, other, ranks, 1), other, part -> before + 1));
  }

  /** Does it once, and fails unless it leaves what it should. */
  void check(Device device, Stream stream, int rank) {
    try (Arena arena = Arena.ofConfined()) {
      long slabBytes = device.slabBytes();
      MemorySegment slab = arena.allocate(slabBytes, Float.BYTES);
      for (long i = 0; i < slabBytes / Float.BYTES; i++) {
        slab.setAtIndex(ValueLayout.JAVA_FLOAT, i, rank + 1);
      }
      device.upload(slab, new DeviceRegion(0, slabBytes));
      stream.submit(operation);
      stream.synchronize();
      device.download(new DeviceRegion(0, slabBytes), slab);
      check(slab.asSlice(target.offsetBytes(), target.sizeBytes()), rank);
    }
  }

  private void check(MemorySegment result, int rank) {
    long elements = result.byteSize() / Float.BYTES;
    int ranks = operation.ranks();
    for (long i = 0; i < elements; i++) {
      float expected = parts.applyAsInt((int) (i * ranks / elements));
      float given = result.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      if (given != expected) {
        throw new WrongAnswerException(
            "%s on rank %d: element %d is %s instead of %s"
                .formatted(operation.name(), rank, i, given, expected));
      }
    }
  }
}
