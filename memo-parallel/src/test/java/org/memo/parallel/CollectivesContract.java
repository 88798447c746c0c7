package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.memo.collective.CollectiveChannel;

/**
 * What every group's calls give: the references' bits. As soon as a call returns a rank overwrites
 * what it gave: who reads too late reads garbage.
 */
public abstract class CollectivesContract extends HeadsContract {
  /** Less, more and many times more than one for a rank, and not divisible. */
  private static final int[] ELEMENTS = {0, 1, 7, 5003};

  /** More than goes at once, and no multiple of that. */
  private static final int MANY = 300_001;

  @Test
  void allGatherPutsTheShardsSideBySide() {
    for (int ranks : groupSizes()) {
      for (int elements : ELEMENTS) {
        float[][] shards = References.floats(elements, ranks, elements);
        float[] expected = References.concatenation(shards);
        repeat(ranks, (channel, rank) -> gather(channel, rank, shards, expected));
      }
      float[][] large = References.floats(1, ranks, MANY);
      float[] expected = References.concatenation(large);
      onEveryRank(ranks, (channel, rank) -> gather(channel, rank, large, expected));
    }
  }

  private static void gather(
      CollectiveChannel channel, int rank, float[][] shards, float[] expected) {
    MemorySegment shard = TestMemory.of(shards[rank]);
    MemorySegment whole = TestMemory.garbage(shards.length * shard.byteSize());
    channel.allGather(shard, whole);
    TestMemory.spoil(shard);
    assertArrayEquals(expected, TestMemory.floats(whole));
  }

  @Test
  void allGatherTakesAShardThatLiesWhereItBelongs() {
    for (int ranks : groupSizes()) {
      float[][] shards = References.floats(1, ranks, 11);
      repeat(
          ranks,
          (channel, rank) -> {
            MemorySegment whole = TestMemory.garbage(ranks * 44L);
            MemorySegment shard = whole.asSlice(rank * 44L, 44);
            shard.copyFrom(TestMemory.of(shards[rank]));
            channel.allGather(shard, whole);
            assertArrayEquals(References.concatenation(shards), TestMemory.floats(whole));
            TestMemory.spoil(whole);
          });
    }
  }

  @Test
  void reduceScatterSumsInTheOrderOfTheRanks() {
    for (int ranks : groupSizes()) {
      for (int elements : ELEMENTS) {
        float[][] wholes = References.floats(elements, ranks, ranks * elements);
        float[] sum = References.sum(wholes);
        repeat(ranks, (channel, rank) -> scatter(channel, rank, wholes, sum));
      }
      int each = ranks > 3 ? MANY / ranks : MANY; // the references cost the square of the ranks
      float[][] large = References.floats(2, ranks, ranks * each);
      float[] sum = References.sum(large);
      onEveryRank(ranks, (channel, rank) -> scatter(channel, rank, large, sum));
    }
  }

  private void scatter(CollectiveChannel channel, int rank, float[][] wholes, float[] sum) {
    int elements = wholes[rank].length / wholes.length;
    MemorySegment whole = TestMemory.of(wholes[rank]);
    MemorySegment shard = TestMemory.garbage(4L * elements);
    channel.reduceScatter(whole, shard, false);
    TestMemory.spoil(whole);
    requireSums(part(sum, rank, elements), TestMemory.floats(shard));
  }

  @Test
  void reduceScatterAddsToTheShardWhereItAccumulates() {
    for (int ranks : groupSizes()) {
      int elements = 4099;
      float[][] wholes = References.floats(2, ranks, ranks * elements);
      float[][] before = References.floats(3, ranks, elements);
      float[] sum = References.sum(wholes);
      repeat(
          ranks,
          (channel, rank) -> {
            MemorySegment whole = TestMemory.of(wholes[rank]);
            MemorySegment shard = TestMemory.of(before[rank]);
            channel.reduceScatter(whole, shard, true);
            TestMemory.spoil(whole);
            float[][] addends = {part(sum, rank, elements), before[rank]};
            requireSums(References.sum(addends), TestMemory.floats(shard));
          });
    }
  }

  @Test
  void reduceScatterTakesAShardThatLiesWhereItBelongs() {
    for (int ranks : groupSizes()) {
      int elements = 13;
      float[][] wholes = References.floats(4, ranks, ranks * elements);
      float[] sum = References.sum(wholes);
      repeat(
          ranks,
          (channel, rank) -> {
            float[] expected = wholes[rank].clone();
            System.arraycopy(sum, rank * elements, expected, rank * elements, elements);
            MemorySegment whole = TestMemory.of(wholes[rank]);
            channel.reduceScatter(whole, whole.asSlice(rank * 52L, 52), false);
            requireSums(expected, TestMemory.floats(whole));
            TestMemory.spoil(whole);
          });
    }
  }

  @Test
  void allReduceGivesEveryRankTheSameSum() {
    for (int ranks : groupSizes()) {
      for (int elements : ELEMENTS) {
        float[][] values = References.floats(elements, ranks, elements);
        float[] sum = References.sum(values);
        repeat(ranks, (channel, rank) -> sum(channel, values[rank], sum));
      }
      float[][] large = References.floats(3, ranks, MANY);
      float[] sum = References.sum(large);
      onEveryRank(ranks, (channel, rank) -> sum(channel, large[rank], sum));
    }
  }

  private void sum(CollectiveChannel channel, float[] values, float[] sum) {
    MemorySegment mine = TestMemory.of(values);
    channel.allReduce(mine);
    requireSums(sum, TestMemory.floats(mine));
    TestMemory.spoil(mine);
  }

  @Test
  void allReduceOfDoublesKeepsTheirPrecision() {
    for (int ranks : groupSizes()) {
      double[][] values = References.doubles(5, ranks, 3);
      repeat(
          ranks,
          (channel, rank) -> {
            MemorySegment mine = TestMemory.of(values[rank]);
            channel.allReduceDoubles(mine);
            requireSums(References.sum(values), TestMemory.doubles(mine));
            TestMemory.spoil(mine);
          });
    }
  }

  @Test
  void aShiftGivesWhatTheRankAsFarBeforeHas() {
    for (int ranks : groupSizes()) {
      float[][] values = References.floats(14, ranks, 5003);
      for (int distance = 0; distance < ranks; distance++) {
        int by = distance;
        repeat(ranks, (channel, rank) -> shift(channel, rank, by, values));
      }
      float[][] large = References.floats(15, ranks, MANY);
      onEveryRank(ranks, (channel, rank) -> shift(channel, rank, ranks - 1, large));
    }
  }

  private static void shift(CollectiveChannel channel, int rank, int by, float[][] values) {
    MemorySegment source = TestMemory.of(values[rank]);
    MemorySegment target = TestMemory.garbage(source.byteSize());
    channel.shift(source, target, by);
    TestMemory.spoil(source);
    float[] expected = values[Math.floorMod(rank - by, values.length)];
    assertArrayEquals(expected, TestMemory.floats(target));
  }

  @Test
  void aBroadcastGivesWhatTheFirstRankHas() {
    for (int ranks : groupSizes()) {
      for (int elements : new int[] {0, 1, 5003, 20_011}) {
        float[] expected = References.floats(16, 1, elements)[0];
        repeat(ranks, (channel, rank) -> broadcast(channel, rank, expected));
      }
      float[] large = References.floats(17, 1, MANY)[0];
      onEveryRank(ranks, (channel, rank) -> broadcast(channel, rank, large));
    }
  }

  private static void broadcast(CollectiveChannel channel, int rank, float[] expected) {
    MemorySegment mine =
        rank == 0 ? TestMemory.of(expected) : TestMemory.garbage(4L * expected.length);
    channel.broadcast(mine);
    assertArrayEquals(expected, TestMemory.floats(mine));
    TestMemory.spoil(mine);
  }

  @Test
  void nobodyPassesABarrierBeforeAllHaveCome() {
    for (int ranks : groupSizes()) {
      AtomicInteger come = new AtomicInteger();
      int[] rounds = new int[ranks];
      repeat(
          ranks,
          (channel, rank) -> {
            come.incrementAndGet();
            channel.barrier();
            rounds[rank]++;
            assertTrue(come.get() >= rounds[rank] * ranks, "ranks are missing");
          });
    }
  }

  /** Of the ranks' addends in their order, and last of what was there where they accumulate. */
  protected void requireSums(float[] expected, float[] given) {
    assertArrayEquals(expected, given);
  }

  /** The same of doubles. */
  protected void requireSums(double[] expected, double[] given) {
    assertArrayEquals(expected, given);
  }

  private static float[] part(float[] whole, int rank, int elements) {
    return Arrays.copyOfRange(whole, rank * elements, (rank + 1) * elements);
  }
}
