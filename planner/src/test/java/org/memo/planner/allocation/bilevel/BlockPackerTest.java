package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.bilevel.Block.Part;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;

class BlockPackerTest {

  /** Wide below, and a border that goes on at the top. */
  private static final Block CHAIN =
      new Block(List.of(new Part(0, 4, 0, 10), new Part(4, 8, 7, 3)), 4);

  @Test
  void aBlockLeavesTheRoomUnderItsBorder() {
    Packing packing = pack(Fit.LOWEST, CHAIN, Block.of(4, 6, 7), Block.of(5, 9, 2));
    assertArrayEquals(new long[] {0, 0, 10}, packing.basesBytes());
    assertEquals(12, packing.peakBytes());
  }

  @Test
  void aBlockUpsideDownHasItsBorderBelow() {
    assertEquals(List.of(new Part(0, 4, 0, 10), new Part(4, 8, 0, 3)), CHAIN.mirrored().parts());
    assertEquals(CHAIN, CHAIN.mirrored().mirrored());
  }

  @Test
  void aPartBelowTheBaseStaysAboveAddressZero() {
    Block block = new Block(List.of(new Part(0, 1, 0, 2), new Part(1, 2, -5, 7)), 1);
    assertArrayEquals(new long[] {5}, pack(Fit.LOWEST, block).basesBytes());
  }

  @Test
  void aGapIsTheLowestOrTheTightest() {
    Block[] blocks = {
      Block.of(0, 1, 4), Block.of(0, 2, 1), Block.of(0, 1, 2), Block.of(0, 2, 1), Block.of(1, 2, 2)
    };
    assertEquals(0, pack(Fit.LOWEST, blocks).basesBytes()[4]);
    assertEquals(5, pack(Fit.TIGHTEST, blocks).basesBytes()[4]);
  }

  private static Packing pack(Fit fit, Block... blocks) {
    int[] order = IntStream.range(0, blocks.length).toArray();
    return new BlockPacker(fit).pack(List.of(blocks), order);
  }
}
