package org.memo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.memo.plan.JobPlanner;
import org.memo.plan.Strategy;
import org.memo.step.ParallelLayout;

/**
 * How long sequences may get.
 *
 * @param tokens none where nothing fits
 * @param layout of the GPUs that holds them
 */
record LongestSequence(OptionalLong tokens, ParallelLayout layout) {
  /** It is found to this many tokens, or the multiple of the ranks below; less for short models. */
  private static final long GRANULE = 1 << 14;

  /** The longest of all layouts. */
  static LongestSequence of(PlanJob job, Strategy strategy) {
    LongestSequence longest = new LongestSequence(OptionalLong.empty(), job.job().ranks());
    List<PlanJob> choices = new ArrayList<>(job.roomierChoices());
    choices.addAll(job.choices());
    for (PlanJob choice : choices) {
      JobPlanner planner = choice.planner();
      long granule = granule(planner);
      long known = longest.tokens().orElse(0);
      if (known == 0 || planner.fits(strategy, known + granule)) {
        OptionalLong tokens =
            planner.longestSequence(
                strategy, granule, Math.max(known, planner.job().sequenceLength()));
        longest = tokens.isPresent() ? new LongestSequence(tokens, planner.job().ranks()) : longest;
      }
    }
    return longest;
  }

  private static long granule(JobPlanner planner) {
    int ranks = planner.job().ranks().sequenceParallel();
    long wanted = Math.min(GRANULE, planner.job().config().longestSequence());
    return Math.max(1, wanted / ranks) * ranks;
  }
}
