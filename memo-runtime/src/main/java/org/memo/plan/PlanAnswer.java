package org.memo.plan;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.memo.DoesNotFitException;

/**
 * What came out for a strategy: a plan with its prediction, or what it would need.
 *
 * @param plan none where the step does not fit
 * @param prediction none where the step does not fit
 * @param refusal why it does not fit; none where it does
 * @param planSeconds wall time of planning and predicting
 */
public record PlanAnswer(
    Strategy strategy,
    Optional<StepPlan> plan,
    Optional<StepPrediction> prediction,
    @Nullable DoesNotFitException refusal,
    double planSeconds) {

  public boolean fits() {
    return refusal == null;
  }
}
