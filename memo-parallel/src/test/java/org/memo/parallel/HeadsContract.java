package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.memo.op.HeadExchange;
import org.memo.planner.cost.ElementType;

/** What every group's exchanges of heads give: the references' bits. */
abstract class HeadsContract extends GroupContract {

  /** More than a staging buffer of any group takes. */
  private static final HeadCase LONG = HeadCase.of(HeadCase.rows(6, 2, 64), 2, 1, 1501);

  @Test
  void headsComeWithTheKeysAndValuesThatTheyAttendTo() {
    for (HeadCase heads : cases()) {
      float[][] sources = References.floats(6, heads.ranks(), heads.tokenElements());
      float[][] expected = new float[heads.ranks()][];
      Arrays.setAll(expected, rank -> References.tokensToHeads(heads, sources, rank));
      repeat(
          heads.ranks(),
          (channel, rank) -> {
            MemorySegment source = TestMemory.of(sources[rank]);
            MemorySegment target = TestMemory.garbage(4L * heads.headElements());
            channel.tokensToHeads(source, target, f32(heads));
            TestMemory.spoil(source);
            assertArrayEquals(expected[rank], TestMemory.floats(target));
          });
    }
  }

  @Test
  void tokensGetTheSumOverTheCopiesOfEachHead() {
    for (HeadCase heads : cases()) {
      float[][] sources = References.floats(7, heads.ranks(), heads.headElements());
      float[][] expected = new float[heads.ranks()][];
      Arrays.setAll(expected, rank -> References.headsToTokens(heads, sources, rank));
      repeat(
          heads.ranks(),
          (channel, rank) -> {
            MemorySegment source = TestMemory.of(sources[rank]);
            MemorySegment target = TestMemory.garbage(4L * heads.tokenElements());
            channel.headsToTokens(source, target, f32(heads));
            TestMemory.spoil(source);
            assertArrayEquals(expected[rank], TestMemory.floats(target));
          });
    }
  }

  @Test
  void bf16HeadsAreRoundedAfterEachCopy() {
    for (HeadCase heads : cases()) {
      HeadExchange exchange =
          new HeadExchange(heads.layout(), heads.tokens(), ElementType.BF16, heads.ranks());
      float[][] tokens = References.bf16(8, heads.ranks(), heads.tokenElements());
      float[][] locals = References.bf16(9, heads.ranks(), heads.headElements());
      onEveryRank(
          heads.ranks(),
          (channel, rank) -> {
            MemorySegment target = TestMemory.garbage(2L * heads.headElements());
            channel.tokensToHeads(TestMemory.ofBf16(tokens[rank]), target, exchange);
            float[] expected = References.tokensToHeads(heads, tokens, rank);
            assertArrayEquals(expected, TestMemory.bf16(target));
            MemorySegment sums = TestMemory.garbage(2L * heads.tokenElements());
            channel.headsToTokens(TestMemory.ofBf16(locals[rank]), sums, exchange);
            expected = References.headsToTokens(heads, locals, rank, References::roundedToBf16);
            assertArrayEquals(expected, TestMemory.bf16(sums));
          });
    }
  }

  /** Each group's rows are the heads of that group of the rows of all groups. */
  @Test
  void headsComeAndGoInGroups() {
    for (HeadCase heads : cases()) {
      int most = HeadExchange.mostGroups(heads.layout(), heads.ranks());
      float[][] tokens = References.floats(10, heads.ranks(), heads.tokenElements());
      float[][] locals = References.floats(11, heads.ranks(), heads.headElements());
      IntStream.rangeClosed(1, most)
          .filter(groups -> most % groups == 0)
          .forEach(groups -> exchangeInGroups(heads, groups, tokens, locals));
    }
  }

  private void exchangeInGroups(HeadCase heads, int groups, float[][] tokens, float[][] locals) {
    onEveryRank(
        heads.ranks(),
        (channel, rank) -> {
          float[] local = References.tokensToHeads(heads, tokens, rank);
          MemorySegment sums = TestMemory.garbage(4L * heads.tokenElements());
          for (int group = 0; group < groups; group++) {
            HeadExchange exchange =
                new HeadExchange(
                    heads.layout(), heads.tokens(), ElementType.F32, heads.ranks(), group, groups);
            float[] expected = heads.ofGroup(local, group, groups);
            MemorySegment target = TestMemory.garbage(4L * expected.length);
            channel.tokensToHeads(TestMemory.of(tokens[rank]), target, exchange);
            assertArrayEquals(expected, TestMemory.floats(target));
            MemorySegment source = TestMemory.of(heads.ofGroup(locals[rank], group, groups));
            channel.headsToTokens(source, sums, exchange);
          }
          float[] expected = References.headsToTokens(heads, locals, rank);
          assertArrayEquals(expected, TestMemory.floats(sums));
        });
  }

  @Test
  void rowsOfManyTokensComeWhole() {
    if (!groupSizes().contains(LONG.ranks())) {
      return;
    }
    float[][] tokens = References.floats(12, LONG.ranks(), LONG.tokenElements());
    float[][] locals = References.floats(13, LONG.ranks(), LONG.headElements());
    onEveryRank(
        LONG.ranks(),
        (channel, rank) -> {
          MemorySegment target = TestMemory.garbage(4L * LONG.headElements());
          channel.tokensToHeads(TestMemory.of(tokens[rank]), target, f32(LONG));
          float[] expected = References.tokensToHeads(LONG, tokens, rank);
          assertArrayEquals(expected, TestMemory.floats(target));
          MemorySegment sums = TestMemory.garbage(4L * LONG.tokenElements());
          channel.headsToTokens(TestMemory.of(locals[rank]), sums, f32(LONG));
          expected = References.headsToTokens(LONG, locals, rank);
          assertArrayEquals(expected, TestMemory.floats(sums));
        });
  }

  private static HeadExchange f32(HeadCase heads) {
    return new HeadExchange(heads.layout(), heads.tokens(), ElementType.F32, heads.ranks());
  }

  private List<HeadCase> cases() {
    return HeadCase.all().stream().filter(c -> groupSizes().contains(c.ranks())).toList();
  }
}
