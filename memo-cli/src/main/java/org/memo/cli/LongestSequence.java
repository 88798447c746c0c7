package org.memo.cli;

import java.util.OptionalLong;
import org.memo.plan.Strategy;

/**
 * How long sequences may get.
 *
 * @param tokens none where nothing fits
 * @param ranks that share it
 */
record LongestSequence(OptionalLong tokens, int ranks) {
  /** It is found to this many tokens, or the multiple of the ranks below; less for short models. */
  private static final long GRANULE = 1 << 14;

  static LongestSequence of(PlanJob job, Strategy strategy) {
    int ranks = job.planner().job().ranks().sequenceParallel();
    long wanted = Math.min(GRANULE, job.planner().job().config().longestSequence());
    long granule = Math.max(1, wanted / ranks) * ranks;
    return new LongestSequence(job.planner().longestSequence(strategy, granule), ranks);
  }
}
