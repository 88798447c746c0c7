package org.memo.planner.allocation.bilevel;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What makes a block demanding: the most demanding ones are placed first. */
enum BlockOrder {
  /** The height: keeps the room of the big ones whole. */
  HEIGHT,
  /** The lifetime: what nests in time is stacked without a gap, and chains lie on top of it. */
  LIFETIME,
  /** Bytes x time. */
  AREA;

  private record Demand(int index, double amount, long lower) {}

  /**
   * A figure per block. Tensors that stay to the end of time have the highest: they come first, so
   * that they do not cut up the room of the others.
   */
  double[] demands(List<Block> blocks) {
    long endOfTime = blocks.stream().mapToLong(Block::upper).max().orElse(0);
    return blocks.stream()
        .mapToDouble(block -> {
          boolean forGood = block.upper() == endOfTime && block.parts().size() == 1;
          return forGood ? Double.MAX_VALUE : demand(block);
        })
        .toArray();
  }

  /** The blocks' numbers, the most demanding first; equals come in the order of their birth. */
  static int[] sequence(List<Block> blocks, double[] demands) {
    return IntStream.range(0, demands.length)
        .mapToObj(i -> new Demand(i, demands[i], blocks.get(i).lower()))
        .sorted(
            Comparator.comparingDouble(Demand::amount).reversed().thenComparingLong(Demand::lower))
        .mapToInt(Demand::index)
        .toArray();
  }

  private double demand(Block block) {
    return switch (this) {
      case HEIGHT -> block.topBytes() - block.bottomBytes();
      case LIFETIME -> block.tenancy();
      case AREA ->
          block.parts().stream()
              .mapToDouble(part -> (double) part.heightBytes() * (part.upper() - part.lower()))
              .sum();
    };
  }
}
