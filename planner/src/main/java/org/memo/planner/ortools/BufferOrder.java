package org.memo.planner.ortools;

import java.util.List;
import java.util.stream.IntStream;
import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/**
 * Which of the buffers that could lie equally low is placed first. Named as MiniMalloc's static
 * preorderings are, a letter for each criterion, the greatest first: T the fullest moment that the
 * buffer lives through, W its lifetime, A its area (bytes x time), O how many others it overlaps, Z
 * its size. No order wins everywhere: of MiniMalloc's eleven hard problems each is the fastest on
 * some and hopeless on others.
 */
public enum BufferOrder {
  TWA,
  TOA,
  TAW,
  OZA,
  WTA;

  /** The buffer numbers, the one to place first at the front; equals stay in their order. */
  List<Integer> sort(Problem problem, List<int[]> liveSets) {
    Criteria criteria = new Criteria(problem, liveSets);
    return IntStream.range(0, problem.size())
        .boxed()
        .sorted((first, second) -> compare(criteria, first, second))
        .toList();
  }

  private int compare(Criteria criteria, int first, int second) {
    for (int i = 0; i < name().length(); i++) {
      char letter = name().charAt(i);
      int greatestFirst =
          Double.compare(criteria.value(letter, second), criteria.value(letter, first));
      if (greatestFirst != 0) {
        return greatestFirst;
      }
    }
    return 0;
  }

  private static final class Criteria {
    private final Problem problem;
    private final long[] fullestBytes;
    private final long[] overlaps;

    Criteria(Problem problem, List<int[]> liveSets) {
      this.problem = problem;
      fullestBytes = fullestBytes(problem, liveSets);
      overlaps = countOverlaps(problem);
    }

    private static long[] fullestBytes(Problem problem, List<int[]> liveSets) {
      long[] fullest = new long[problem.size()];
      for (int[] set : liveSets) {
        long bytes = 0;
        for (int buffer : set) {
          bytes += problem.roomBytes(buffer);
        }
        for (int buffer : set) {
          fullest[buffer] = Math.max(fullest[buffer], bytes);
        }
      }
      return fullest;
    }

    /** Those born before a buffer dies, less those dead when it is born, less itself. */
    private static long[] countOverlaps(Problem problem) {
      long[] lowers = problem.buffers().stream().mapToLong(TensorLife::lower).sorted().toArray();
      long[] uppers = problem.buffers().stream().mapToLong(TensorLife::upper).sorted().toArray();
      return problem.buffers().stream()
          .mapToLong(buffer ->
              countBelow(lowers, buffer.upper()) - countBelow(uppers, buffer.lower() + 1) - 1)
          .toArray();
    }

    /** How many of the sorted moments are below a limit. */
    private static int countBelow(long[] sorted, long limit) {
      int low = 0;
      int high = sorted.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (sorted[middle] < limit) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    double value(char letter, int buffer) {
      TensorLife life = problem.buffers().get(buffer);
      // A double, as the time between two longs may be more than a long can say.
      double lifetime = (double) life.upper() - (double) life.lower();
      return switch (letter) {
        case 'T' -> fullestBytes[buffer];
        case 'W' -> lifetime;
        case 'A' -> lifetime * problem.roomBytes(buffer);
        case 'O' -> overlaps[buffer];
        case 'Z' -> problem.roomBytes(buffer);
        default -> throw new AssertionError("no criterion is called " + letter);
      };
    }
  }
}
