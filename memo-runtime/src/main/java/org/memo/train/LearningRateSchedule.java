package org.memo.train;

/**
 * The learning rate of each step: the same numbers as Hugging Face's {@code
 * get_constant_schedule_with_warmup}, {@code get_cosine_schedule_with_warmup} (half a cycle) and
 * {@code get_linear_schedule_with_warmup}.
 *
 * <p>There the s-th optimizer step, counted from 0, uses {@code peakRate * lambda(s)} with {@code
 * lambda(s) = s / warmup} during the warm-up: with a warm-up the very first step has rate 0.
 *
 * @param peakRate the rate at the end of the warm-up
 * @param kind the form after the warm-up
 * @param warmupSteps steps of the warm-up, 0 for none
 * @param totalSteps steps of the whole run, at which the rate of the falling kinds reaches 0
 */
public record LearningRateSchedule(
    double peakRate, ScheduleKind kind, long warmupSteps, long totalSteps) {
  public LearningRateSchedule {
    OptionText.require(warmupSteps >= 0, "warmup", warmupSteps, "0 steps or more");
    OptionText.require(totalSteps >= 1, "steps", totalSteps, "1 or more");
  }

  /** The rate of a step, counted from 1 as in {@code metrics.jsonl}. */
  public double rateForStep(long step) {
    return peakRate * lambda(step - 1);
  }

  private double lambda(long stepsBefore) {
    if (stepsBefore < warmupSteps) {
      return (double) stepsBefore / Math.max(1, warmupSteps);
    }
    double fallingSteps = Math.max(1, totalSteps - warmupSteps);
    return switch (kind) {
      case CONSTANT -> 1;
      case LINEAR -> Math.max(0, (totalSteps - stepsBefore) / fallingSteps);
      case COSINE -> {
        double progress = (stepsBefore - warmupSteps) / fallingSteps;
        yield Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
      }
    };
  }
}
