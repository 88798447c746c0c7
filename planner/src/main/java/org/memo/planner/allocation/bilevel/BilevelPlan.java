package org.memo.planner.allocation.bilevel;

import java.util.List;
import java.util.OptionalLong;
import org.memo.planner.allocation.Solution;

/**
 * The plan of a trace, and how it was found. Offsets and peak count whole rooms: sizes rounded up
 * to the alignment.
 *
 * @param solution an offset for every tensor of the trace, in the order of allocation
 * @param lowerBoundBytes the most that is alive at one moment: no plan of any form has a lower peak
 * @param levelOne what each kind of pass came to
 * @param levelTwoPeakBytes the peak of the plan made of blocks, chosen or not; empty if the trace
 *     has no passes
 * @param blockPasses how many passes level 2 placed as blocks; the others are the fullest, whose
 *     tensors it placed one by one
 * @param form which plan was chosen
 */
public record BilevelPlan(
    Solution solution,
    long lowerBoundBytes,
    List<LevelOne> levelOne,
    OptionalLong levelTwoPeakBytes,
    int blockPasses,
    Form form) {

  /** The plan's making. */
  public enum Form {
    /** Passes as blocks. */
    BILEVEL,
    /** All tensors at once: there are no passes, or blocks lost room. */
    FLAT
  }

  public BilevelPlan {
    levelOne = List.copyOf(levelOne);
  }

  /** Whether every kind of pass has a plan that is proved to be the lowest. */
  public boolean isLevelOneOptimal() {
    return levelOne.stream().allMatch(LevelOne::optimal);
  }

  /** Whether no plan of the whole trace is lower. */
  public boolean isOptimal() {
    return solution.peakBytes() == lowerBoundBytes;
  }
}
