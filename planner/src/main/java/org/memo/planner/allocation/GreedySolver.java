package org.memo.planner.allocation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;
import org.memo.planner.trace.TensorLife;

/**
 * Places the most demanding buffer first.
 *
 * @param order what makes a buffer demanding
 * @param fit which gap between the buffers placed before it gets
 */
public record GreedySolver(Order order, Fit fit) implements Solver {

  /** Which buffers come first; equals come in the order of their birth. */
  public enum Order {
    /** The biggest. With {@link Fit#TIGHTEST} this is TensorFlow Lite's greedy by size. */
    SIZE,
    /** Those with the most bytes x time. */
    AREA,
    /** The longest-lived. With {@link Fit#LOWEST} optimal when lifespans nest as calls do. */
    LIFETIME
  }

  /** Which gap a buffer gets. Above all placed buffers there is always room. */
  public enum Fit {
    /** The lowest that is high enough. */
    LOWEST,
    /** The one that leaves the least room unused, the lowest of equals. */
    TIGHTEST
  }

  @Override
  public Solution solve(Problem problem) {
    return solve(problem, Long.MAX_VALUE).orElseThrow();
  }

  /** The solution, unless it takes more than so many looks at a neighbour or moves of one. */
  Optional<Solution> solve(Problem problem, long maxWork) {
    return new Packer(problem, fit)
        .packWithin(sequence(problem), maxWork)
        .map(offsets -> Solution.of(problem, Arrays.stream(offsets).boxed().toList()));
  }

  private int[] sequence(Problem problem) {
    Comparator<TensorLife> mostDemanding = Comparator.comparingDouble(this::demand).reversed();
    return IntStream.range(0, problem.size())
        .boxed()
        .sorted(
            Comparator.comparing(
                problem.buffers()::get, mostDemanding.thenComparingLong(TensorLife::lower)))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private double demand(TensorLife buffer) {
    // Doubles, as the time between two longs may be more than a long can say.
    double lifetime = (double) buffer.upper() - (double) buffer.lower();
    return switch (order) {
      case SIZE -> buffer.sizeBytes();
      case AREA -> buffer.sizeBytes() * lifetime;
      case LIFETIME -> lifetime;
    };
  }
}
