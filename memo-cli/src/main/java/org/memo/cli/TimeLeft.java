package org.memo.cli;

import java.time.Duration;
import org.memo.train.StepMetrics;

/**
 * Estimates the rest of a run from its last steps: a moving mean, as machines slow down and speed
 * up.
 */
final class TimeLeft {
  private static final double WEIGHT_OF_LATEST = 0.1;

  private final long totalSteps;
  private double meanSeconds = -1;

  TimeLeft(long totalSteps) {
    this.totalSteps = totalSteps;
  }

  Duration after(StepMetrics latest) {
    meanSeconds =
        meanSeconds < 0
            ? latest.seconds()
            : meanSeconds + WEIGHT_OF_LATEST * (latest.seconds() - meanSeconds);
    double seconds = meanSeconds * Math.max(0, totalSteps - latest.step());
    return Duration.ofMillis(Math.round(seconds * 1000));
  }
}
