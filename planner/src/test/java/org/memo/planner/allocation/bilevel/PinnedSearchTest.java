package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PinnedSearchTest {

  @Test
  void aPlaceIsFoundExactlyWhereThereIsOne() {
    Random random = new Random(5);
    int solvable = 0;
    for (int i = 0; i < 3000; i++) {
      int height = 3 + random.nextInt(4);
      List<Block> pinned = new ArrayList<>();
      pinned.add(Block.of(0, 1 + random.nextInt(6), 1 + random.nextInt(2)));
      Block hanging = Block.of(random.nextInt(6), 6, 1 + random.nextInt(2));
      pinned.add(hanging.movedBy(height - hanging.topBytes()));
      List<Block> tensors = randomBlocks(random, 1 + random.nextInt(6));

      boolean expected = !collide(pinned) && canPlace(pinned, tensors, height);
      Optional<long[]> found = PinnedSearch.within(pinned, tensors, height);

      if (!collide(pinned)) {
        assertEquals(expected, found.isPresent(), tensors + " between " + pinned);
        found.ifPresent(bases -> assertValid(pinned, tensors, bases, height));
        solvable += expected ? 1 : 0;
      }
    }
    assertTrue(solvable > 500 && solvable < 2500, "solvable: " + solvable);
  }

  /** Six tensors that fit in only a few ways, which greedy orders miss. */
  @Test
  void whatGreedyOrdersMissIsFound() {
    Random random = new Random(8);
    int missed = 0;
    for (int i = 0; i < 500; i++) {
      List<Block> tensors = randomBlocks(random, 8);
      long height = LoadCurve.of(tensors.stream().flatMap(b -> b.parts().stream())).maximum(0, 6);
      boolean greedy = BlockSolver.byOrders(List.of(), tensors, height).peakBytes() <= height;
      boolean searched = PinnedSearch.within(List.of(), tensors, height).isPresent();
      assertTrue(searched || !greedy, tensors::toString);
      missed += searched && !greedy ? 1 : 0;
    }
    assertTrue(missed > 0);
  }

  private static List<Block> randomBlocks(Random random, int count) {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int lower = random.nextInt(5);
      blocks.add(Block.of(lower, lower + 1 + random.nextInt(6 - lower), 1 + random.nextInt(3)));
    }
    return blocks;
  }

  /** Tries every address. */
  private static boolean canPlace(List<Block> placed, List<Block> tensors, long height) {
    if (tensors.isEmpty()) {
      return true;
    }
    Block next = tensors.getFirst();
    for (long base = 0; base + next.topBytes() <= height; base++) {
      List<Block> with = new ArrayList<>(placed);
      with.add(next.movedBy(base));
      if (!collide(with) && canPlace(with, tensors.subList(1, tensors.size()), height)) {
        return true;
      }
    }
    return false;
  }

  private static void assertValid(
      List<Block> pinned, List<Block> tensors, long[] bases, long height) {
    List<Block> all = new ArrayList<>(pinned);
    for (int i = 0; i < bases.length; i++) {
      all.add(tensors.get(i).movedBy(bases[i]));
      assertTrue(bases[i] >= 0 && all.getLast().topBytes() <= height);
    }
    assertTrue(!collide(all), all::toString);
  }

  /** Whether the last block shares room with any before. */
  private static boolean collide(List<Block> blocks) {
    Block.Part last = blocks.getLast().parts().getFirst();
    return blocks.subList(0, blocks.size() - 1).stream()
        .map(block -> block.parts().getFirst())
        .anyMatch(part ->
            part.overlapsInTime(last)
                && part.bottomBytes() < last.topBytes()
                && last.bottomBytes() < part.topBytes());
  }
}
