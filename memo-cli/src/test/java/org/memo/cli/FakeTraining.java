package org.memo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.parallel.training.Training;
import org.memo.train.PlanSummary;
import org.memo.train.StepMetrics;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;

/** A trainer that computes nothing, and fails or waits for a stop on demand. */
final class FakeTraining implements Training {
  /** The options of each run. */
  final List<TrainOptions> opened = new ArrayList<>();

  @Nullable RuntimeException failure;

  /** Called before a run waits to be stopped; without it the run ends by itself. */
  @Nullable Runnable beforeWaiting;

  int closed;

  private final CountDownLatch stop = new CountDownLatch(1);
  private @Nullable TrainListener listener;

  Training open(TrainOptions options, TrainListener listener, Consumer<Throwable> whenStuck) {
    opened.add(options);
    this.listener = listener;
    return this;
  }

  @Override
  public TrainSummary run() {
    if (failure != null) {
      throw failure;
    }
    TrainListener hears = Objects.requireNonNull(listener);
    long steps = opened.getLast().batch().steps();
    hears.planned(new PlanSummary(1 << 20, 2 << 20, 3 << 20, 9 << 20, 0.5, 128, 4, 2, 5 << 20, 77));
    for (long step = 1; step <= steps; step++) {
      hears.step(new StepMetrics(step, 4.0 / step, 1, 0, 512, 0.5, 0, 0, 1, 2, 3, 4, 0));
    }
    boolean stopped = beforeWaiting != null && waitForStop(beforeWaiting);
    return new TrainSummary(
        steps, 4, 4.0 / steps, 1, 1 << 20, 3 << 20, 9 << 20, Path.of("step-" + steps), stopped);
  }

  private boolean waitForStop(Runnable before) {
    before.run();
    try {
      return stop.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      return false;
    }
  }

  @Override
  public void requestStop() {
    stop.countDown();
  }

  @Override
  public void close() {
    closed++;
  }
}
