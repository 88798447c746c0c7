package org.memo.planner.allocation;

/** Finds the best placement of buffers that the time allows, and says how good it is. */
public final class AllocationPlanner {

  /** Above this many buffers the standard heuristics may take minutes: they look at neighbours. */
  private static final int MOST_FOR_HEURISTICS = 50_000;

  private AllocationPlanner() {}

  /** A valid placement with a peak as low as the limits allow. */
  public static Placement minimise(Problem problem, Limits limits) {
    long lowerBoundBytes = LowerBound.of(problem);
    boolean many = problem.size() > MOST_FOR_HEURISTICS;
    Solution solution =
        (many ? new WalkSolver(limits.timeout()) : PortfolioSolver.standard()).solve(problem);
    Validator.requireValid(problem, solution);
    return new Placement(
        solution, lowerBoundBytes, solution.peakBytes() == lowerBoundBytes, "heuristics");
  }

  /**
   * Whether the buffers fit into a capacity.
   *
   * @throws IllegalArgumentException if the capacity is negative
   */
  public static CapacityAnswer fit(Problem problem, long capacityBytes, Limits limits) {
    if (capacityBytes < 0) {
      throw new IllegalArgumentException(
          "the capacity is %d bytes; it must not be negative".formatted(capacityBytes));
    }
    long lowerBoundBytes = LowerBound.of(problem);
    if (lowerBoundBytes > capacityBytes) {
      return new CapacityAnswer.Infeasible(
          "%d bytes are alive at once, but the capacity is %d bytes"
              .formatted(lowerBoundBytes, capacityBytes));
    }
    Solution solution = minimise(problem, limits).solution();
    return solution.peakBytes() <= capacityBytes
        ? new CapacityAnswer.Placed(solution)
        : new CapacityAnswer.Unknown();
  }
}
