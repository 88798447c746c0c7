package org.memo.planner.allocation.search;

import java.util.List;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;

/**
 * Decides whether buffers fit by {@link DepthFirst} search in many short runs that grow slowly. A
 * run either ends soon or is lost in a hopeless corner, so it is better to begin anew, with another
 * order of the buffers that takes account of where the runs before failed.
 *
 * @param seed searches of different seeds try different orders, so that they may run side by side
 */
public record LatticeSearch(long seed) implements CapacitySearch {

  /** At this, summed over the moments that buffers are alive at, a search takes some 150 MB. */
  private static final long MOST_ENTRIES = 16_000_000;

  /** The deepest search; the stacks of {@link Race}'s threads are made for it. */
  private static final int MOST_BUFFERS = 30_000;

  private static final double FIRST_STEPS_PER_RUN = 600;
  private static final double GROWTH = 1.03;

  @Override
  public String name() {
    return "lattice search";
  }

  @Override
  public Outcome search(Problem problem, long capacityBytes, Deadline deadline) {
    if (problem.size() == 0) {
      return new Outcome.Placed(new Solution(List.of(), 0));
    }
    if (LowerBound.of(problem) > capacityBytes) {
      return new Outcome.Refuted();
    }
    if (!isSmallEnough(problem)) {
      return new Outcome.GaveUp();
    }
    Boxes boxes = Boxes.of(problem, capacityBytes);
    DepthFirst search = new DepthFirst(boxes, deadline);
    Preferences preferences = new Preferences(problem, boxes, new Unplaced(boxes), seed);
    double steps = Math.max(FIRST_STEPS_PER_RUN, 2.0 * problem.size());
    while (!deadline.expired()) {
      switch (search.run(preferences.next(search.failures()), (long) steps)) {
        case PLACED -> {
          return new Outcome.Placed(boxes.solution(problem, search.offsets()));
        }
        case REFUTED -> {
          return new Outcome.Refuted();
        }
        case GAVE_UP -> steps *= GROWTH;
      }
    }
    return new Outcome.GaveUp();
  }

  /** Whether this search has the memory for a problem; if not it gives up at once. */
  public static boolean isSmallEnough(Problem problem) {
    return problem.size() <= MOST_BUFFERS && Boxes.countEntries(problem) <= MOST_ENTRIES;
  }

  /** How many of these searches may run side by side and together take no more than one may. */
  public static int mostAtOnce(Problem problem) {
    return problem.size() > MOST_BUFFERS
        ? 1
        : (int) Math.max(1, MOST_ENTRIES / Math.max(1, Boxes.countEntries(problem)));
  }
}
