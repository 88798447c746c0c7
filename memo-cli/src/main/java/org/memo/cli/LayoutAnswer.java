package org.memo.cli;

import java.util.Comparator;
import java.util.List;
import org.memo.DoesNotFitException;
import org.memo.plan.PlanAnswer;
import org.memo.plan.Strategy;

/**
 * What came out for one layout of the GPUs.
 *
 * @param job of the layout
 * @param picture of its predicted step
 */
record LayoutAnswer(PlanJob job, PlanAnswer answer, PlanPicture picture) {

  static LayoutAnswer of(PlanJob job, Strategy strategy) {
    PlanPicture picture = new PlanPicture();
    return new LayoutAnswer(job, job.planner().answer(strategy, picture::add), picture);
  }

  /** The fastest that fits; where none does, the one that lacks the least. */
  static LayoutAnswer best(List<LayoutAnswer> tried) {
    return tried.stream()
        .min(
            Comparator.comparing((LayoutAnswer one) -> !one.answer().fits())
                .thenComparingDouble(LayoutAnswer::cost))
        .orElseThrow();
  }

  private double cost() {
    DoesNotFitException refusal = answer.refusal();
    return refusal == null
        ? answer.prediction().orElseThrow().seconds()
        : (double) refusal.neededBytes() / Math.max(1, refusal.availableBytes());
  }
}
