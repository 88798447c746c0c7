package org.memo.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.memo.train.StepMetrics;

/**
 * A line a step; of steps shorter than a second about one line a second, the first and the last
 * always.
 */
final class StepLines implements StepDisplay {
  private static final long MIN_INTERVAL_NANOS = 1_000_000_000;

  private final PrintWriter out;
  private final long totalSteps;
  private final LongSupplier nanoTime;
  private final TimeLeft timeLeft;
  private boolean any;
  private long lastShownNanos;

  StepLines(PrintWriter out, long totalSteps) {
    this(out, totalSteps, System::nanoTime);
  }

  StepLines(PrintWriter out, long totalSteps, LongSupplier nanoTime) {
    this.out = out;
    this.totalSteps = totalSteps;
    this.nanoTime = nanoTime;
    this.timeLeft = new TimeLeft(totalSteps);
  }

  @Override
  public void show(StepMetrics metrics) {
    Duration left = timeLeft.after(metrics);
    long now = nanoTime.getAsLong();
    boolean due = !any || now - lastShownNanos >= MIN_INTERVAL_NANOS;
    if (due || metrics.step() == totalSteps) {
      any = true;
      lastShownNanos = now;
      out.println(TrainText.step(metrics, totalSteps, left));
      out.flush();
    }
  }

  @Override
  public void clear() {}

  @Override
  public void close() {}
}
