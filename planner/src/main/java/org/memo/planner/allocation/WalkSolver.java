package org.memo.planner.allocation;

import java.time.Duration;
import org.memo.planner.allocation.SweepSolver.Direction;

/**
 * Solves problems of so many buffers that other heuristics would take minutes: by a walk back
 * through time, and by one forward if the time allows a second.
 *
 * @param timeout no second walk is begun if it would end later, going by the first
 */
public record WalkSolver(Duration timeout) implements Solver {

  @Override
  public Solution solve(Problem problem) {
    long begin = System.nanoTime();
    Solution backward = new SweepSolver(Direction.BACKWARD).solve(problem);
    Duration taken = Duration.ofNanos(System.nanoTime() - begin);
    // A third of the time is for checking the answer.
    if (taken.multipliedBy(3).compareTo(timeout) > 0) {
      return backward;
    }
    Solution forward = new SweepSolver(Direction.FORWARD).solve(problem);
    return forward.peakBytes() < backward.peakBytes() ? forward : backward;
  }
}
