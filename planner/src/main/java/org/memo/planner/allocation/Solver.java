package org.memo.planner.allocation;

/** A way to place buffers. Deterministic: the same problem is answered by the same solution. */
@FunctionalInterface
public interface Solver {

  /** A valid solution, whose peak is as low as this solver can make it. */
  Solution solve(Problem problem);
}
