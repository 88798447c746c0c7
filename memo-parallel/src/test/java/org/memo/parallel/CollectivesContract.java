package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.collective.CollectiveChannel;
import org.memo.op.HeadExchange;
import org.memo.planner.cost.ElementType;

/**
 * What every group's calls give: the references' bits. Each is made {@link #ROUNDS} times, and as
 * soon as it returns a rank overwrites what it gave: who reads too late reads garbage.
 */
abstract class CollectivesContract {
  private static final int ROUNDS = 100;

  /** Less, more and many times more than one for a rank, and not divisible. */
  private static final int[] ELEMENTS = {0, 1, 7, 5003};

  /** The sizes of the groups to test. */
  abstract List<Integer> groupSizes();

  /** Runs the program on all ranks of a new group. */
  abstract void onEveryRank(int ranks, Program program);

  /** What a rank does. */
  @FunctionalInterface
  interface Program {
    void run(CollectiveChannel channel, int rank);
  }

  @Test
  void allGatherPutsTheShardsSideBySide() {
    for (int ranks : groupSizes()) {
      for (int elements : ELEMENTS) {
        float[][] shards = References.floats(elements, ranks, elements);
        float[] expected = References.concatenation(shards);
        repeat(
            ranks,
            (channel, rank) -> {
              float[] shard = shards[rank].clone();
              float[] whole = garbage(ranks * elements);
              channel.allGather(segment(shard), segment(whole));
              spoil(shard);
              assertArrayEquals(expected, whole);
            });
      }
    }
  }

  @Test
  void allGatherTakesAShardThatLiesWhereItBelongs() {
    for (int ranks : groupSizes()) {
      int elements = 11;
      float[][] shards = References.floats(1, ranks, elements);
      float[] expected = References.concatenation(shards);
      repeat(
          ranks,
          (channel, rank) -> {
            float[] whole = garbage(ranks * elements);
            System.arraycopy(shards[rank], 0, whole, rank * elements, elements);
            channel.allGather(slice(whole, rank * elements, elements), segment(whole));
            assertArrayEquals(expected, whole);
            spoil(whole);
          });
    }
  }

  @Test
  void reduceScatterSumsInTheOrderOfTheRanks() {
    for (int ranks : groupSizes()) {
      for (int elements : ELEMENTS) {
        float[][] wholes = References.floats(elements, ranks, ranks * elements);
        float[] sum = References.sum(wholes);
        repeat(
            ranks,
            (channel, rank) -> {
              float[] whole = wholes[rank].clone();
              float[] shard = garbage(elements);
              channel.reduceScatter(segment(whole), segment(shard), false);
              spoil(whole);
              assertArrayEquals(part(sum, rank, elements), shard);
            });
      }
    }
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
            float[] whole = wholes[rank].clone();
            float[] shard = before[rank].clone();
            channel.reduceScatter(segment(whole), segment(shard), true);
            spoil(whole);
            float[][] addends = {part(sum, rank, elements), before[rank]};
            assertArrayEquals(References.sum(addends), shard);
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
            float[] whole = wholes[rank].clone();
            channel.reduceScatter(segment(whole), slice(whole, rank * elements, elements), false);
            assertArrayEquals(expected, whole);
            spoil(whole);
          });
    }
  }

  @Test
  void allReduceGivesEveryRankTheSameSum() {
    for (int ranks : groupSizes()) {
      for (int elements : ELEMENTS) {
        float[][] values = References.floats(elements, ranks, elements);
        float[] expected = References.sum(values);
        repeat(
            ranks,
            (channel, rank) -> {
              float[] mine = values[rank].clone();
              channel.allReduce(segment(mine));
              assertArrayEquals(expected, mine);
              spoil(mine);
            });
      }
    }
  }

  @Test
  void allReduceOfDoublesKeepsTheirPrecision() {
    for (int ranks : groupSizes()) {
      double[][] values = References.doubles(5, ranks, 3);
      double[] expected = References.sum(values);
      repeat(
          ranks,
          (channel, rank) -> {
            double[] mine = values[rank].clone();
            channel.allReduceDoubles(MemorySegment.ofArray(mine));
            assertArrayEquals(expected, mine);
            Arrays.fill(mine, Double.NaN);
          });
    }
  }

  @Test
  void headsComeWithTheKeysAndValuesThatTheyAttendTo() {
    for (HeadCase heads : cases()) {
      float[][] sources = References.floats(6, heads.ranks(), heads.tokenElements());
      HeadExchange exchange =
          new HeadExchange(heads.layout(), heads.tokens(), ElementType.F32, heads.ranks());
      repeat(
          heads.ranks(),
          (channel, rank) -> {
            float[] source = sources[rank].clone();
            float[] target = garbage(heads.headElements());
            channel.tokensToHeads(segment(source), segment(target), exchange);
            spoil(source);
            assertArrayEquals(References.tokensToHeads(heads, sources, rank), target);
          });
    }
  }

  @Test
  void tokensGetTheSumOverTheCopiesOfEachHead() {
    for (HeadCase heads : cases()) {
      float[][] sources = References.floats(7, heads.ranks(), heads.headElements());
      HeadExchange exchange =
          new HeadExchange(heads.layout(), heads.tokens(), ElementType.F32, heads.ranks());
      repeat(
          heads.ranks(),
          (channel, rank) -> {
            float[] source = sources[rank].clone();
            float[] target = garbage(heads.tokenElements());
            channel.headsToTokens(segment(source), segment(target), exchange);
            spoil(source);
            assertArrayEquals(References.headsToTokens(heads, sources, rank), target);
          });
    }
  }

  private List<HeadCase> cases() {
    return HeadCase.all().stream().filter(c -> groupSizes().contains(c.ranks())).toList();
  }

  private void repeat(int ranks, Program program) {
    onEveryRank(
        ranks,
        (channel, rank) -> {
          for (int round = 0; round < ROUNDS; round++) {
            program.run(channel, rank);
          }
        });
  }

  private static MemorySegment segment(float[] values) {
    return MemorySegment.ofArray(values);
  }

  private static MemorySegment slice(float[] values, int first, int count) {
    return segment(values).asSlice((long) first * Float.BYTES, (long) count * Float.BYTES);
  }

  private static float[] part(float[] whole, int rank, int elements) {
    return Arrays.copyOfRange(whole, rank * elements, (rank + 1) * elements);
  }

  private static float[] garbage(int elements) {
    float[] values = new float[elements];
    spoil(values);
    return values;
  }

  private static void spoil(float[] values) {
    Arrays.fill(values, Float.NaN);
  }
}
