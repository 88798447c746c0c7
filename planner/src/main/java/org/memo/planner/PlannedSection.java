package org.memo.planner;

import java.util.List;

/**
 * The allocations of one section of a step.
 *
 * @param name the section's name in the trace
 * @param tensors in the order in which they are allocated
 */
public record PlannedSection(String name, List<PlannedTensor> tensors) {

  public PlannedSection {
    tensors = List.copyOf(tensors);
  }
}
