package org.memo.cli;

import static org.memo.train.Sizes.formatBytes;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.memo.train.PlanSummary;
import org.memo.train.StepMetrics;
import org.memo.train.TrainSummary;

/** What {@code memo train} prints. */
final class TrainText {
  private TrainText() {}

  static String plan(PlanSummary plan) {
    return format(
        "Plan: %s of %s device memory, %s host memory; alpha %.3g, tiles of %,d tokens, %d of %d"
            + " layers resident; a step swaps %s and recomputes %,d tokens",
        formatBytes(plan.slabBytes()),
        formatBytes(plan.slabLimitBytes()),
        formatBytes(plan.hostPoolBytes()),
        plan.alpha(),
        plan.tileTokens(),
        plan.residentLayers(),
        plan.layers(),
        formatBytes(plan.swappedBytesPerStep()),
        plan.recomputedTokensPerStep());
  }

  static String step(StepMetrics metrics, long totalSteps, Duration left) {
    return format(
        "step %d/%d  loss %.4f  grad norm %.3g  lr %.2e  %,.0f tokens/s  %.2f s  left %s",
        metrics.step(),
        totalSteps,
        metrics.loss(),
        metrics.gradNorm(),
        metrics.learningRate(),
        metrics.tokensPerSecond(),
        metrics.seconds(),
        clock(left));
  }

  /** What fits behind a progress bar. */
  static String brief(StepMetrics metrics) {
    return format("loss %.4f  %,.0f tokens/s", metrics.loss(), metrics.tokensPerSecond());
  }

  static List<String> summary(TrainSummary summary) {
    if (summary.steps() == 0) {
      return List.of(
          summary.stoppedEarly()
              ? "Stopped before the first step"
              : "No step was left to do: --steps counts those before the checkpoint too",
          "Model: " + summary.lastCheckpoint());
    }
    Duration took = Duration.ofMillis(Math.round(1000 * summary.seconds()));
    return List.of(
        format(
            "%s after %,d steps in %s: loss %.4f -> %.4f",
            summary.stoppedEarly() ? "Stopped" : "Done",
            summary.steps(),
            clock(took),
            summary.firstLoss(),
            summary.lastLoss()),
        format(
            "Without Memo this step would have needed %s; it used %s of device memory and %s of"
                + " host memory",
            formatBytes(summary.plainStepBytes()),
            formatBytes(summary.devicePeakBytes()),
            formatBytes(summary.hostPeakBytes())),
        "Model: " + summary.lastCheckpoint());
  }

  /** Hours, minutes and seconds: {@code 1:02:03}, or {@code 2:03} under an hour. */
  static String clock(Duration duration) {
    long seconds = Math.round(duration.toMillis() / 1000.0);
    return seconds < 3600
        ? format("%d:%02d", seconds / 60, seconds % 60)
        : format("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
