package org.memo.planner.ortools;

import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.CpSolverStatus;
import com.google.ortools.sat.SatParameters.SearchBranching;
import java.util.List;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.search.CapacitySearch;
import org.memo.planner.allocation.search.Deadline;
import org.memo.planner.allocation.search.Outcome;

/**
 * Decides by CP-SAT, on one thread, whether buffers fit into a capacity. The search always places
 * the buffer that can lie lowest, as low as it can, and learns from conflicts. Where OR-Tools
 * cannot be loaded, it gives up at once; {@link OrToolsNatives#unavailability} says why.
 *
 * @param order which of the buffers that could lie equally low comes first
 */
public record CliqueModel(BufferOrder order) implements CapacitySearch {

  /** Above this many buffers, summed over all live sets, models take too much time and memory. */
  static final long MOST_ENTRIES = 3_000_000;

  @Override
  public String name() {
    return "CP-SAT " + order;
  }

  @Override
  public Outcome search(Problem problem, long capacityBytes, Deadline deadline) {
    if (problem.size() == 0) {
      return new Outcome.Placed(new Solution(List.of(), 0));
    }
    if (LowerBound.of(problem) > capacityBytes) {
      return new Outcome.Refuted();
    }
    if (deadline.expired()
        || LiveSets.countEntries(problem) > MOST_ENTRIES
        || OrToolsNatives.unavailability().isPresent()) {
      return new Outcome.GaveUp();
    }
    return solve(problem, capacityBytes, deadline);
  }

  private Outcome solve(Problem problem, long capacityBytes, Deadline deadline) {
    List<int[]> liveSets = LiveSets.of(problem);
    PlacementModel placement = new PlacementModel(problem, liveSets, capacityBytes);
    placement.placeLowestFirst(order.sort(problem, liveSets));
    CpSolver solver = StoppableSolve.newSolver(1);
    solver.getParameters().setSearchBranching(SearchBranching.FIXED_SEARCH);
    CpSolverStatus status = StoppableSolve.run(solver, placement.model(), deadline);
    return switch (status) {
      case OPTIMAL, FEASIBLE -> placed(problem, placement.read(solver));
      case INFEASIBLE -> new Outcome.Refuted();
      default -> new Outcome.GaveUp();
    };
  }

  private static Outcome placed(Problem problem, Solution solution) {
    Validator.requireValid(problem, solution);
    return new Outcome.Placed(solution);
  }
}
