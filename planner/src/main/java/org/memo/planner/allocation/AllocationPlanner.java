package org.memo.planner.allocation;

import org.memo.planner.allocation.search.Deadline;

/**
 * Finds the best placement of buffers that the time allows, and says how good it is. Heuristics
 * come first, and are enough for most training steps; where they miss the lower bound, each part of
 * time for itself goes through a race of complete searches.
 */
public final class AllocationPlanner {

  private AllocationPlanner() {}

  /** A valid placement with a peak as low as the limits allow. */
  public static Placement minimise(Problem problem, Limits limits) {
    Deadline deadline = Deadline.after(limits.timeout());
    long lowerBoundBytes = LowerBound.of(problem);
    Solution first = FirstSolution.of(problem, lowerBoundBytes, deadline);
    boolean optimal = first.peakBytes() == lowerBoundBytes;
    // To take a problem of a million buffers apart is a matter of seconds too.
    Placement placement =
        optimal || deadline.expired()
            ? new Placement(first, lowerBoundBytes, optimal, "heuristics")
            : new PartwiseSearch(problem, first, limits, deadline).minimise();
    Validator.requireValid(problem, placement.solution());
    return placement;
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
    Deadline deadline = Deadline.after(limits.timeout());
    long lowerBoundBytes = LowerBound.of(problem);
    if (lowerBoundBytes > capacityBytes) {
      return new CapacityAnswer.Infeasible(
          "%d bytes are alive at once, but the capacity is %d bytes"
              .formatted(lowerBoundBytes, capacityBytes));
    }
    Solution first = FirstSolution.of(problem, capacityBytes, deadline);
    CapacityAnswer answer =
        first.peakBytes() <= capacityBytes
            ? new CapacityAnswer.Placed(first)
            : new PartwiseSearch(problem, first, limits, deadline).fit(capacityBytes);
    if (answer instanceof CapacityAnswer.Placed placed) {
      Validator.requireValid(problem, placed.solution());
    }
    return answer;
  }
}
