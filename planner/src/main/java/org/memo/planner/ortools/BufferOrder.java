package org.memo.planner.ortools;

import java.util.Comparator;
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
    Criteria criteria = Criteria.of(problem, liveSets);
    Comparator<Integer> comparator = Comparator.comparing(buffer -> 0);
    for (char letter : name().toCharArray()) {
      comparator =
          comparator.thenComparing(
              Comparator.<Integer>comparingDouble(buffer -> criteria.value(letter, buffer))
                  .reversed());
    }
    return IntStream.range(0, problem.size()).boxed().sorted(comparator).toList();
  }

  private record Criteria(Problem problem, long[] fullestBytes, long[] overlaps) {

    static Criteria of(Problem problem, List<int[]> liveSets) {
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
      return new Criteria(problem, fullest, countOverlaps(problem));
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
