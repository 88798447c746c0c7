package org.memo.parallel.training;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells of a run that has failed and does not come to its end all the same. */
final class StuckWatch {
  private static final int PATIENCE_OF_TIMEOUT = 10;

  private final Duration patience;
  private final Consumer<Throwable> whenStuck;
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * @param timeout of the ranks, of which a run has a tenth to come to its end
   */
  StuckWatch(Duration timeout, Consumer<Throwable> whenStuck) {
    this.patience = timeout.dividedBy(PATIENCE_OF_TIMEOUT);
    this.whenStuck = whenStuck;
  }

  /** From here on the time runs. */
  void failed(Throwable failure) {
    Thread.ofPlatform()
        .daemon()
        .name("memo-stuck-watch")
        .start(() -> {
          if (!hasEndedInTime()) {
            whenStuck.accept(failure);
          }
        });
  }

  private boolean hasEndedInTime() {
    try {
      return ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return true; // nobody interrupts it
    }
  }

  /** The run has come to its end. */
  void ended() {
    ended.countDown();
  }
}
