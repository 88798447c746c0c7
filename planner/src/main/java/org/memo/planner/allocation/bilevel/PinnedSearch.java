package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.memo.planner.allocation.bilevel.Block.Part;

/**
 * A depth-first search for places between pinned tensors. Of all solutions it looks for the one
 * with the lowest addresses, and builds it from the bottom: each next tensor lies no lower than the
 * last one, and as low as it then can. It is complete but for its limit of {@value #MAX_NODES}
 * nodes, some tenths of a second for a pass of 80 tensors.
 */
final class PinnedSearch {

  private static final int MAX_NODES = 10_000;
  private static final long NOT_PLACED = -1;

  private final List<Part> tensors;
  private final long heightBytes;
  private final List<Part> placed; // the pinned ones first
  private final long[] bases;
  private int nodes;

  private PinnedSearch(List<Part> pinned, List<Part> tensors, long heightBytes) {
    this.tensors = tensors;
    this.heightBytes = heightBytes;
    placed = new ArrayList<>(pinned);
    bases = new long[tensors.size()];
    Arrays.fill(bases, NOT_PLACED);
  }

  /**
   * Bases of the tensors within the height, or nothing if there are none or they were not found.
   */
  static Optional<long[]> within(List<Block> pinned, List<Block> tensors, long heightBytes) {
    PinnedSearch search = new PinnedSearch(parts(pinned), parts(tensors), heightBytes);
    return search.placeAbove(0, NOT_PLACED) ? Optional.of(search.bases) : Optional.empty();
  }

  private boolean placeAbove(long floor, long lastTensor) {
    int[] open = IntStream.range(0, bases.length).filter(t -> bases[t] == NOT_PLACED).toArray();
    if (open.length == 0) {
      return true;
    }
    if (nodes++ >= MAX_NODES) {
      return false;
    }
    long[] lowest = new long[bases.length];
    long lowestTop = heightBytes;
    for (int t : open) {
      lowest[t] = lowestBase(tensors.get(t), floor);
      lowestTop = Math.min(lowestTop, lowest[t] + tensors.get(t).heightBytes());
      if (lowest[t] + tensors.get(t).heightBytes() > heightBytes) {
        return false;
      }
    }
    for (int t : open) {
      if (isCrowdedAt(tensors.get(t).lower(), open, lowest)) {
        return false;
      }
    }
    for (int t : byPromise(open, lowest)) {
      // What lies above a hole that takes another tensor whole is not the lowest solution.
      boolean leavesHole = lowest[t] >= lowestTop;
      boolean outOfOrder = lowest[t] == floor && t < lastTensor;
      if (!leavesHole && !outOfOrder && !hasOpenTwinBefore(t, open) && placesAll(t, lowest[t])) {
        return true;
      }
    }
    return false;
  }

  private boolean placesAll(int tensor, long base) {
    bases[tensor] = base;
    placed.add(tensors.get(tensor).movedBy(base));
    if (placeAbove(base, tensor)) {
      return true;
    }
    placed.removeLast();
    bases[tensor] = NOT_PLACED;
    return false;
  }

  private long lowestBase(Part tensor, long floor) {
    long base = floor;
    for (boolean moved = true; moved; ) {
      moved = false;
      for (Part other : placed) {
        if (other.overlapsInTime(tensor)
            && other.topBytes() > base
            && other.bottomBytes() < base + tensor.heightBytes()) {
          base = other.topBytes();
          moved = true;
        }
      }
    }
    return base;
  }

  /** Whether the tensors to be placed need more room at a moment than there is above them. */
  private boolean isCrowdedAt(long moment, int[] open, long[] lowest) {
    long needed = 0;
    long bottom = heightBytes;
    for (int t : open) {
      if (isAlive(tensors.get(t), moment)) {
        needed += tensors.get(t).heightBytes();
        bottom = Math.min(bottom, lowest[t]);
      }
    }
    long room = heightBytes - bottom;
    for (Part part : placed) {
      if (isAlive(part, moment)) {
        room -= Math.max(0, part.topBytes() - Math.max(bottom, part.bottomBytes()));
      }
    }
    return needed > room;
  }

  private static boolean isAlive(Part part, long moment) {
    return part.lower() <= moment && moment < part.upper();
  }

  private int[] byPromise(int[] open, long[] lowest) {
    return Arrays.stream(open)
        .boxed()
        .sorted(
            Comparator.comparingLong((Integer t) -> lowest[t])
                .thenComparing(t -> -(tensors.get(t).upper() - tensors.get(t).lower()))
                .thenComparing(t -> -tensors.get(t).heightBytes()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private boolean hasOpenTwinBefore(int tensor, int[] open) {
    return Arrays.stream(open)
        .anyMatch(other -> other < tensor && tensors.get(other).equals(tensors.get(tensor)));
  }

  private static List<Part> parts(List<Block> blocks) {
    return blocks.stream().flatMap(block -> block.parts().stream()).toList();
  }
}
