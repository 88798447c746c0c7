package org.memo.cli;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.memo.train.StepMetrics;

/** A progress bar with loss, tokens/s and time left, on a terminal. */
final class StepBar implements StepDisplay {
  private static final int UPDATE_MILLIS = 500;

  private final long totalSteps;
  private final PrintStream terminal;
  private @Nullable ProgressBar bar;

  StepBar(long totalSteps, PrintStream terminal) {
    this.totalSteps = totalSteps;
    this.terminal = terminal;
  }

  @Override
  public void show(StepMetrics metrics) {
    if (bar == null) {
      bar = start(metrics);
    }
    bar.stepTo(metrics.step());
    bar.setExtraMessage(TrainText.brief(metrics));
    if (metrics.step() == totalSteps) {
      bar.refresh();
    }
  }

  /** Counts the first step's time too, so that the time left is right from the start. */
  private ProgressBar start(StepMetrics first) {
    return new ProgressBarBuilder()
        .setTaskName("Training")
        .setInitialMax(totalSteps)
        .startsFrom(first.step() - 1, Duration.ofNanos((long) (1e9 * first.seconds())))
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setStyle(ProgressBarStyle.ASCII)
        .setConsumer(new ConsoleProgressBarConsumer(terminal))
        .build();
  }

  @Override
  public void clear() {
    if (bar != null) {
      terminal.print("\r\033[K");
      terminal.flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
