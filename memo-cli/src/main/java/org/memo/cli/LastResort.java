package org.memo.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ends this process where a run has failed and a thread of it hangs all the same. */
final class LastResort {
  private static final int PATIENCE_OF_TIMEOUT = 10;

  private final PrintWriter err;
  private final String voice;
  private final CountDownLatch done = new CountDownLatch(1);

  /**
   * @param voice with which the process speaks
   */
  LastResort(PrintWriter err, String voice) {
    this.err = err;
    this.voice = voice;
  }

  /** Says why and ends the process at once. */
  void end(Throwable failure) {
    err.println(Main.line(voice, failure.getMessage() + "; this process hung and was ended"));
    err.flush();
    Runtime.getRuntime().halt(ExitCode.of(failure));
  }

  /** The same unless {@link #stop} is called within a tenth of the ranks' timeout. */
  void endAfter(Duration timeout, Throwable failure) {
    Thread.ofPlatform()
        .daemon()
        .name("memo-last-resort")
        .start(() -> {
          if (!isDoneWithin(timeout.dividedBy(PATIENCE_OF_TIMEOUT))) {
            end(failure);
          }
        });
  }

  private boolean isDoneWithin(Duration time) {
    try {
      return done.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return true; // nobody does
    }
  }

  /** The run has come to its end. */
  void stop() {
    done.countDown();
  }
}
