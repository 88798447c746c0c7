package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.bilevel.Block.Part;

/** Places blocks one by one into the gaps that those before have left. */
final class BlockPacker {

  /** Bases strictly between the two would let parts collide. */
  private record Forbidden(long aboveBytes, long belowBytes) {}

  /**
   * The bases of all blocks.
   *
   * @param basesBytes by block
   * @param peakBytes the highest top
   */
  record Packing(long[] basesBytes, long peakBytes) {}

  private final Fit fit;
  private final List<Part> placed = new ArrayList<>(); // bottoms from address 0
  private long peakBytes;

  BlockPacker(Fit fit) {
    this.fit = fit;
  }

  /** Places all blocks in the order given. */
  Packing pack(List<Block> blocks, int[] order) {
    long[] bases = new long[blocks.size()];
    for (int block : order) {
      bases[block] = place(blocks.get(block));
    }
    return new Packing(bases, peakBytes);
  }

  long peakBytes() {
    return peakBytes;
  }

  /** The highest top between two moments. */
  long peakBytes(long lower, long upper) {
    return placed.stream()
        .filter(part -> part.lower() < upper && lower < part.upper())
        .mapToLong(Part::topBytes)
        .max()
        .orElse(0);
  }

  /** Takes a block where it is. */
  void fix(Block block) {
    placed.addAll(block.parts());
    peakBytes = Math.max(peakBytes, block.topBytes());
  }

  private long place(Block block) {
    long base = chooseBase(block);
    fix(block.movedBy(base));
    return base;
  }

  private long chooseBase(Block block) {
    long floor = -block.bottomBytes(); // the lowest base not forbidden by those met so far
    long tightestGap = Long.MAX_VALUE;
    long tightestBase = 0;
    for (Forbidden forbidden : forbiddenBases(block)) {
      long gap = forbidden.aboveBytes - floor;
      if (gap == 0 || (gap > 0 && fit == Fit.LOWEST)) {
        return floor;
      }
      if (gap > 0 && gap < tightestGap) {
        tightestGap = gap;
        tightestBase = floor;
      }
      floor = Math.max(floor, forbidden.belowBytes);
    }
    return tightestGap < Long.MAX_VALUE ? tightestBase : floor;
  }

  private List<Forbidden> forbiddenBases(Block block) {
    List<Forbidden> forbidden = new ArrayList<>();
    for (Part part : block.parts()) {
      for (Part other : placed) {
        if (part.overlapsInTime(other)) {
          forbidden.add(
              new Forbidden(
                  other.bottomBytes() - part.topBytes(), other.topBytes() - part.bottomBytes()));
        }
      }
    }
    forbidden.sort(Comparator.comparingLong(Forbidden::aboveBytes));
    return forbidden;
  }
}
