package org.memo.planner.allocation;

import java.util.Arrays;
import java.util.function.ToLongFunction;
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
    boolean forward = direction == Direction.FORWARD;
    SortedOrder arrivals = new SortedOrder(problem.size());
    arrivals.sortBy(keys(problem, life -> -life.sizeBytes())); // equals: the biggest first
    arrivals.sortBy(keys(problem, forward ? TensorLife::lower : life -> ~life.upper()));
    SortedOrder departures = new SortedOrder(problem.size());
    departures.sortBy(keys(problem, forward ? TensorLife::upper : life -> ~life.lower()));

    Long[] offsets = new Long[problem.size()];
    Gaps gaps = new Gaps();
    int departed = 0;
    for (int i = 0; i < problem.size(); i++) {
      int buffer = arrivals.get(i);
      while (hasLeft(problem, departures.get(departed), buffer)) {
        int leaving = departures.get(departed++);
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

  private static long[] keys(Problem problem, ToLongFunction<TensorLife> key) {
    return problem.buffers().stream().mapToLong(key).toArray();
  }
}
