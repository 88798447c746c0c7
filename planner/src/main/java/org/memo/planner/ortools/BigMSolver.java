package org.memo.planner.ortools;

import com.google.ortools.linearsolver.MPSolver.ResultStatus;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.planner.allocation.GreedySolver;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Solver;
import org.memo.planner.allocation.Validator;
import org.memo.planner.trace.TensorLife;

/**
 * The mixed integer program of the MEMO paper (arXiv 2407.12117, section 4.2) on SCIP. Good for one
 * layer, and for checking other solvers; on hard problems of some hundred buffers it finds nothing
 * better than its start. Two things are added to the paper's, without which backward passes of
 * ordinary layers time out: the peak is at least the most that is alive at once, and the search
 * starts from a greedy solution.
 *
 * @param timeout after which the best solution so far is the answer
 */
public record BigMSolver(Duration timeout) implements Solver {

  /** Above this many binaries the start is the answer: models take memory and find nothing. */
  private static final int MOST_OVERLAPS = 200_000;

  /** Above this, SCIP's tolerance of 1e-6 in a binary times M_cap is a whole unit. */
  private static final long MOST_UNITS = 1_000_000;

  private static final long COARSE_UNITS = 1024;

  /**
   * {@inheritDoc}
   *
   * @throws OrToolsUnavailableException if OR-Tools cannot be used here
   */
  @Override
  public Solution solve(Problem problem) {
    return minimise(problem).solution();
  }

  /**
   * The best solution that the time allows, and the bound below it.
   *
   * @throws OrToolsUnavailableException if OR-Tools cannot be used here
   */
  public Placement minimise(Problem problem) {
    OrToolsNatives.load();
    Solution start = greedy(problem);
    long lowerBoundBytes = LowerBound.of(problem);
    List<Overlap> overlaps = Overlap.of(problem, MOST_OVERLAPS);
    if (overlaps.isEmpty() || overlaps.size() > MOST_OVERLAPS) {
      return placement(start, lowerBoundBytes);
    }
    boolean exact = start.peakBytes() / Units.of(problem).endBytes() <= MOST_UNITS;
    Problem counted = exact ? problem : coarse(problem, lowerBoundBytes);
    try (BigMProgram program = new BigMProgram(counted, overlaps, greedy(counted))) {
      ResultStatus status = program.solve(timeout);
      if (status != ResultStatus.OPTIMAL && status != ResultStatus.FEASIBLE) {
        return placement(start, lowerBoundBytes);
      }
      Solution found = pushedDown(problem, overlaps, program.offsetsUnits());
      Validator.requireValid(problem, found);
      Solution best = found.peakBytes() < start.peakBytes() ? found : start;
      long boundBytes = exact ? boundBytes(problem, program) : 0;
      return placement(best, Math.max(lowerBoundBytes, boundBytes));
    }
  }

  private static Solution greedy(Problem problem) {
    return new GreedySolver(GreedySolver.Order.SIZE, GreedySolver.Fit.TIGHTEST).solve(problem);
  }

  /** Sizes rounded up to about a thousandth of the peak: what fits then, fits as it is, too. */
  private static Problem coarse(Problem problem, long lowerBoundBytes) {
    long unitBytes = Math.ceilDiv(lowerBoundBytes, COARSE_UNITS);
    List<TensorLife> buffers =
        IntStream.range(0, problem.size()).mapToObj(i -> coarse(problem, i, unitBytes)).toList();
    return new Problem(buffers, 1);
  }

  private static TensorLife coarse(Problem problem, int buffer, long unitBytes) {
    TensorLife life = problem.buffers().get(buffer);
    long units = Math.ceilDiv(problem.roomBytes(buffer), unitBytes);
    return new TensorLife(life.name(), life.lower(), life.upper(), units);
  }

  /**
   * Keeps who is above whom, and lets each buffer down as far as it goes: exact offsets, whatever
   * the solver's rounding.
   */
  private static Solution pushedDown(Problem problem, List<Overlap> overlaps, double[] heights) {
    Comparator<Integer> byHeight = Comparator.comparingDouble(buffer -> heights[buffer]);
    List<Integer> upwards = IntStream.range(0, heights.length).boxed().sorted(byHeight).toList();
    int[] rank = new int[heights.length];
    for (int i = 0; i < rank.length; i++) {
      rank[upwards.get(i)] = i;
    }
    List<Overlap> lowerFirst =
        overlaps.stream()
            .map(pair -> rank[pair.first()] < rank[pair.second()] ? pair : pair.reversed())
            .sorted(Comparator.comparingInt(pair -> rank[pair.first()]))
            .toList();
    long[] offsets = new long[heights.length];
    for (Overlap pair : lowerFirst) {
      long end = offsets[pair.first()] + problem.roomBytes(pair.first());
      offsets[pair.second()] = Math.max(offsets[pair.second()], end);
    }
    return Solution.of(problem, Arrays.stream(offsets).boxed().toList());
  }

  /** Peaks are whole units, so that a bound just above one, less rounding, is the next. */
  private static long boundBytes(Problem problem, BigMProgram program) {
    return (long) Math.ceil(program.boundUnits() - 1e-3) * Units.of(problem).endBytes();
  }

  private static Placement placement(Solution solution, long lowerBoundBytes) {
    return new Placement(
        solution, lowerBoundBytes, solution.peakBytes() == lowerBoundBytes, "big-M MIP on SCIP");
  }
}
