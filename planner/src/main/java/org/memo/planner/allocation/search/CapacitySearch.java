package org.memo.planner.allocation.search;

import org.memo.planner.allocation.Problem;

/** A way to decide whether a problem's buffers fit into a capacity. */
public interface CapacitySearch {

  /**
   * Searches until it knows or the deadline has passed. Several threads may call it at once.
   *
   * @param problem its parts that share no moment may have been taken apart, or not
   * @param capacityBytes no buffer may end above this
   */
  Outcome search(Problem problem, long capacityBytes, Deadline deadline);

  /** What people call this way, in reports of who found a solution. */
  String name();
}
