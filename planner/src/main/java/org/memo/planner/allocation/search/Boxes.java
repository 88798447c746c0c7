package org.memo.planner.allocation.search;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/**
 * A problem and a capacity in the numbers that a search needs. Time is reduced to the moments at
 * which a maximal set of buffers is alive, numbered from 0: two buffers overlap exactly if they
 * share one. Heights and offsets count units, the greatest common divisor of all rooms; whatever
 * fits can be pushed down until all its offsets are multiples of that.
 */
final class Boxes {

  /** How many buffers there are. */
  final int count;

  /** How many moments there are. */
  final int moments;

  /** The buffers in the order of their first moments. */
  final int[] births;

  /** How many buffers have their first moment before this one. */
  final int[] bornBefore;

  /** The first moment of a buffer. */
  final int[] first;

  /** The last moment of a buffer. */
  final int[] last;

  /** Room of a buffer in units. */
  final long[] height;

  /** The highest offset at which a buffer is within the capacity. */
  final long[] highestOffset;

  /** Where the highest room may end. */
  final long ceiling;

  /** The next buffer of the same moments and size, or -1: it may as well lie above this one. */
  final int[] nextTwin;

  private final long unitBytes;

  private Boxes(Problem problem, long capacityBytes) {
    count = problem.size();
    first = new int[count];
    last = new int[count];
    moments = numberMoments(problem, first, last);
    births = sorted(problem, Comparator.comparingLong(TensorLife::lower));
    bornBefore = new int[moments + 1];
    for (int buffer : births) {
      bornBefore[first[buffer] + 1]++;
    }
    Arrays.parallelPrefix(bornBefore, Integer::sum);
    unitBytes = unitBytes(problem);
    height = new long[count];
    highestOffset = new long[count];
    long highestEnd = 0;
    for (int i = 0; i < count; i++) {
      long sizeBytes = problem.buffers().get(i).sizeBytes();
      height[i] = problem.roomBytes(i) / unitBytes;
      highestOffset[i] = Math.floorDiv(capacityBytes - sizeBytes, unitBytes);
      highestEnd = Math.max(highestEnd, highestOffset[i] + height[i]);
    }
    ceiling = highestEnd;
    nextTwin = twins(problem);
  }

  /** Reads a problem, which must have buffers. */
  static Boxes of(Problem problem, long capacityBytes) {
    return new Boxes(problem, capacityBytes);
  }

  /** How many moments all buffers are alive at together: the memory that a search needs. */
  static long countEntries(Problem problem) {
    int[] first = new int[problem.size()];
    int[] last = new int[problem.size()];
    numberMoments(problem, first, last);
    return IntStream.range(0, first.length).mapToLong(i -> last[i] - first[i] + 1L).sum();
  }

  /** The solution that these offsets, in units, stand for. */
  Solution solution(Problem problem, long[] offsets) {
    return Solution.of(
        problem, Arrays.stream(offsets).mapToObj(offset -> offset * unitBytes).toList());
  }

  private static long unitBytes(Problem problem) {
    return IntStream.range(0, problem.size()).mapToLong(problem::roomBytes).reduce(0, Boxes::gcd);
  }

  static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** A set is maximal when a buffer dies and the last change before was a birth. */
  private static int numberMoments(Problem problem, int[] first, int[] last) {
    int[] births = sorted(problem, Comparator.comparingLong(TensorLife::lower));
    int[] deaths = sorted(problem, Comparator.comparingLong(TensorLife::upper));
    int moments = 0;
    int born = 0;
    for (int dying : deaths) {
      long now = problem.buffers().get(dying).upper();
      int bornBefore = born;
      while (born < births.length && problem.buffers().get(births[born]).lower() < now) {
        first[births[born++]] = moments;
      }
      moments += born > bornBefore ? 1 : 0;
      last[dying] = moments - 1;
    }
    return moments;
  }

  private int[] twins(Problem problem) {
    int[] next = new int[count];
    Arrays.fill(next, -1);
    Comparator<Integer> alike =
        Comparator.<Integer>comparingInt(i -> first[i])
            .thenComparingInt(i -> last[i])
            .thenComparingLong(i -> problem.buffers().get(i).sizeBytes());
    Integer[] order = IntStream.range(0, count).boxed().toArray(Integer[]::new);
    Arrays.sort(order, alike);
    for (int k = 1; k < count; k++) {
      if (alike.compare(order[k - 1], order[k]) == 0) {
        next[order[k - 1]] = order[k];
      }
    }
    return next;
  }

  private static int[] sorted(Problem problem, Comparator<TensorLife> comparator) {
    return IntStream.range(0, problem.size())
        .boxed()
        .sorted(Comparator.comparing(problem.buffers()::get, comparator))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
