package org.memo.planner.ortools;

import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.CpSolverStatus;
import com.google.ortools.sat.IntVar;
import java.util.List;
import java.util.Optional;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.search.Deadline;

/**
 * Lowers a solution's peak, and raises the bound below it, by CP-SAT with all of its searches.
 * Meant for problems whose peak cannot be the most that is alive at once; to reach that, {@link
 * CliqueModel} is far better.
 *
 * @param threads how many of CP-SAT's searches run at once, at least 1
 */
public record CliqueMinimiser(int threads) {

  /** The best of the orders on most problems; a model can have only one. */
  private static final BufferOrder ORDER = BufferOrder.TWA;

  /** With more threads than this, further searches that prove bounds take two of them. */
  private static final int FULL_SEARCHES = 3;

  /**
   * The best placement that the time allows, at least as good as the start.
   *
   * @param start a valid solution
   * @param lowerBoundBytes no solution has a lower peak, as was proved before
   * @return empty if it declines: the problem is too large for it (3 million buffers summed over
   *     the sets that are alive together, reached by some 6,000 buffers of a training step), or
   *     OR-Tools cannot be loaded, of which {@link OrToolsNatives#unavailability} says why
   */
  public Optional<Placement> minimise(
      Problem problem, Solution start, long lowerBoundBytes, Deadline deadline) {
    if (start.peakBytes() <= lowerBoundBytes || deadline.expired()) {
      return Optional.of(placement(start, lowerBoundBytes));
    }
    if (LiveSets.countEntries(problem) > CliqueModel.MOST_ENTRIES
        || OrToolsNatives.unavailability().isPresent()) {
      return Optional.empty();
    }
    return Optional.of(solve(problem, start, lowerBoundBytes, deadline));
  }

  private Placement solve(
      Problem problem, Solution start, long lowerBoundBytes, Deadline deadline) {
    List<int[]> liveSets = LiveSets.of(problem);
    PlacementModel placement = new PlacementModel(problem, liveSets, start.peakBytes());
    long unitBytes = placement.units().endBytes();
    IntVar peak =
        placement.minimisePeak(
            Math.ceilDiv(lowerBoundBytes, unitBytes), start.peakBytes() / unitBytes);
    placement.hint(start);
    placement.placeLowestFirst(ORDER.sort(problem, liveSets));
    CpSolver solver = StoppableSolve.newSolver(threads);
    solver.getParameters().addSubsolvers("fixed");
    if (threads > FULL_SEARCHES) {
      solver.getParameters().addSubsolvers("no_lp").addSubsolvers("core");
    }
    CpSolverStatus status = StoppableSolve.run(solver, placement.model(), deadline);
    return switch (status) {
      case OPTIMAL -> {
        Solution best = better(problem, start, placement.read(solver));
        yield placement(best, solver.value(peak) * unitBytes);
      }
      case FEASIBLE -> {
        Solution best = better(problem, start, placement.read(solver));
        yield placement(best, Math.max(lowerBoundBytes, boundBytes(solver, unitBytes)));
      }
      default -> placement(start, lowerBoundBytes);
    };
  }

  private static Solution better(Problem problem, Solution start, Solution found) {
    Validator.requireValid(problem, found);
    return found.peakBytes() < start.peakBytes() ? found : start;
  }

  /** Doubles hold whole numbers up to 2^53; a bound above that is not made use of. */
  private static long boundBytes(CpSolver solver, long unitBytes) {
    double units = solver.bestObjectiveBound();
    return units < 1L << 53 ? Math.round(Math.ceil(units)) * unitBytes : 0;
  }

  private static Placement placement(Solution solution, long lowerBoundBytes) {
    return new Placement(
        solution, lowerBoundBytes, solution.peakBytes() == lowerBoundBytes, "CP-SAT minimise");
  }
}
