package org.memo.planner.swap;

/** Finds how many layers shall have each form. */
public interface ResidencySolver {

  /**
   * The counts and the alpha with which the model predicts the fastest step.
   *
   * @throws ResidencyException if nothing fits, with what would
   * @throws IllegalArgumentException if sizes add up to more than 2^62 bytes
   */
  FormCounts solve(LayerCosts costs, Budgets budgets);
}
