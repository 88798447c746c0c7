package org.memo.plan;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.memo.DoesNotFitException;
import org.memo.device.simulated.TimedOperation;
import org.memo.planner.cost.CostModel;
import org.memo.planner.swap.Bisection;
import org.memo.profile.StepJob;

/**
 * Answers what people ask before they rent a node: does it fit, how fast will it be, how long may
 * sequences get.
 *
 * @param job whose plan is asked for
 * @param choices of tiles
 * @param decisions the costs that the plan is chosen by
 * @param predictions the costs that the step's time is predicted by; where a plan must not depend
 *     on measurements they differ
 * @param limits of one rank
 */
public record JobPlanner(
    StepJob job,
    TileChoices choices,
    CostModel decisions,
    CostModel predictions,
    MemoryLimits limits) {
  /** Far beyond what any machine holds. */
  private static final long LONGEST = 1L << 40;

  /** The same for another job on the same machines. */
  public JobPlanner with(StepJob other) {
    return new JobPlanner(other, choices, decisions, predictions, limits);
  }

  /** Plans and predicts; the timeline is told of every operation of a steady step. */
  public PlanAnswer answer(Strategy strategy, Consumer<TimedOperation> timeline) {
    long start = System.nanoTime();
    try {
      StepPlan plan = plan(job, strategy);
      StepPrediction prediction = StepPrediction.of(job, plan, predictions, timeline);
      return new PlanAnswer(
          strategy, Optional.of(plan), Optional.of(prediction), null, secondsSince(start));
    } catch (DoesNotFitException doesNotFit) {
      return new PlanAnswer(
          strategy, Optional.empty(), Optional.empty(), doesNotFit, secondsSince(start));
    }
  }

  /**
   * The longest sequence, to a granule, that fits; empty where not even a granule does.
   *
   * @param granule in tokens, a multiple of the ranks that share a sequence
   * @param guess where to start looking
   */
  public OptionalLong longestSequence(Strategy strategy, long granule, long guess) {
    return Bisection.largestMultiple(
        granule,
        Math.min(LONGEST, job.config().longestSequence()),
        guess,
        length -> fits(strategy, length));
  }

  /** Whether a sequence of another length would fit; quicker than planning it. */
  public boolean fits(Strategy strategy, long sequenceLength) {
    return planner(job.withSequenceLength(sequenceLength)).fits(strategy, limits);
  }

  private StepPlan plan(StepJob planned, Strategy strategy) {
    StepPlanner planner = planner(planned);
    // Where predictions go by other costs, the plan is the one that training makes.
    return strategy == Strategy.BEST && !decisions.equals(predictions)
        ? planner.plan(SwapChoice.auto(), limits)
        : planner.plan(strategy, limits);
  }

  private StepPlanner planner(StepJob planned) {
    return new StepPlanner(planned, choices, decisions);
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) * 1e-9;
  }
}
