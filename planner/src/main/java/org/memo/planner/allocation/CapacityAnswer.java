package org.memo.planner.allocation;

/** Whether buffers fit into a capacity. */
public sealed interface CapacityAnswer {

  /** They do: by this valid solution. */
  record Placed(Solution solution) implements CapacityAnswer {}

  /**
   * They do not, and that is proved.
   *
   * @param why one sentence for people
   */
  record Infeasible(String why) implements CapacityAnswer {}

  /** Not known when the time was up. */
  record Unknown() implements CapacityAnswer {}
}
