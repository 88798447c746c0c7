package org.memo.planner.allocation.bilevel;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What makes a block demanding: the most demanding ones are placed first. */
enum BlockOrder {
  /** The height: keeps the room of the big ones whole. */
  HEIGHT,
  /** The lifetime: what nests in time is stacked without a gap. */
  LIFETIME,
  /** Bytes x time. */
  AREA;

  private record Demand(int index, boolean forGood, double amount, long lower) {}

  /**
   * The blocks' numbers in the order in which they are placed; equals come in the order of their
   * birth. Tensors that stay to the end of time come first of all, so that they do not cut up the
   * room of the others.
   */
  int[] sequence(List<Block> blocks) {
    long endOfTime = blocks.stream().mapToLong(Block::upper).max().orElse(0);
    return IntStream.range(0, blocks.size())
        .mapToObj(i -> demand(i, blocks.get(i), endOfTime))
        .sorted(
            Comparator.comparing(Demand::forGood, Comparator.reverseOrder())
                .thenComparing(Demand::amount, Comparator.reverseOrder())
                .thenComparing(Demand::lower))
        .mapToInt(Demand::index)
        .toArray();
  }

  private Demand demand(int index, Block block, long endOfTime) {
    boolean forGood = block.upper() == endOfTime && block.parts().size() == 1;
    return new Demand(index, forGood, forGood ? 0 : amount(block), block.lower());
  }

  private double amount(Block block) {
    return switch (this) {
      case HEIGHT -> block.topBytes() - block.bottomBytes();
      case LIFETIME -> block.upper() - block.lower();
      case AREA ->
          block.parts().stream()
              .mapToDouble(part -> (double) part.heightBytes() * (part.upper() - part.lower()))
              .sum();
    };
  }
}
