package org.memo.planner.allocation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.memo.planner.trace.TensorLife;

/**
 * Walks through time once and gives each newborn the tightest gap between those alive, as an
 * allocator would that cannot see the future. Far from the best, but n log n however many buffers
 * are alive together: a million take some seconds, where {@link GreedySolver} may take hours.
 *
 * @param direction which way it walks; backwards it places by death and frees by birth
 */
public record SweepSolver(Direction direction) implements Solver {

  /** The way through time. */
  public enum Direction {
    FORWARD,
    BACKWARD
  }

  @Override
  public Solution solve(Problem problem) {
    Comparator<TensorLife> arrival =
        direction == Direction.FORWARD
            ? Comparator.comparingLong(TensorLife::lower)
            : Comparator.comparingLong(TensorLife::upper).reversed();
    Comparator<TensorLife> departure =
        direction == Direction.FORWARD
            ? Comparator.comparingLong(TensorLife::upper)
            : Comparator.comparingLong(TensorLife::lower).reversed();
    Comparator<TensorLife> biggestFirst =
        Comparator.comparingLong(TensorLife::sizeBytes).reversed();
    int[] arrivals = sorted(problem, arrival.thenComparing(biggestFirst));
    int[] departures = sorted(problem, departure);

    Long[] offsets = new Long[problem.size()];
    Gaps gaps = new Gaps();
    int departed = 0;
    for (int buffer : arrivals) {
      while (hasLeft(problem, departures[departed], buffer)) {
        int leaving = departures[departed++];
        gaps.add(offsets[leaving], problem.roomBytes(leaving));
      }
      offsets[buffer] = gaps.take(problem.roomBytes(buffer));
    }
    return Solution.of(problem, Arrays.asList(offsets));
  }

  /** Whether a buffer is gone when another arrives; there is always one that is not: the other. */
  private boolean hasLeft(Problem problem, int buffer, int arriving) {
    TensorLife life = problem.buffers().get(buffer);
    TensorLife newcomer = problem.buffers().get(arriving);
    return direction == Direction.FORWARD
        ? life.upper() <= newcomer.lower()
        : life.lower() >= newcomer.upper();
  }

  private static int[] sorted(Problem problem, Comparator<TensorLife> comparator) {
    return IntStream.range(0, problem.size())
        .boxed()
        .sorted(Comparator.comparing(problem.buffers()::get, comparator))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
