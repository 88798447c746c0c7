package org.memo.planner.allocation.search;

import org.memo.planner.allocation.Solution;

/** What a search for a solution within a capacity can end with. */
public sealed interface Outcome {

  /** There is a solution: this one, whose peak is at most the capacity. */
  record Placed(Solution solution) implements Outcome {}

  /** There is none: the search was complete. */
  record Refuted() implements Outcome {}

  /** The search stopped before it knew. */
  record GaveUp() implements Outcome {}
}
