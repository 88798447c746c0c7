package org.memo.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/** Ends this process where a run has failed and a thread of it hangs all the same. */
final class LastResort {
  /** What hangs may be standard error itself, behind a pipe that nobody reads. */
  private static final Duration LONGEST_SAYING = Duration.ofSeconds(1);

  private final PrintWriter err;
  private final String voice;
  private final IntConsumer halt;
  private final AtomicBoolean ending = new AtomicBoolean();

  /**
   * @param voice with which the process speaks
   */
  LastResort(PrintWriter err, String voice) {
    this(err, voice, Runtime.getRuntime()::halt);
  }

  /**
   * @param halt ends the process with an exit code
   */
  LastResort(PrintWriter err, String voice, IntConsumer halt) {
    this.err = err;
    this.voice = voice;
    this.halt = halt;
  }

  /**
   * Says why, where that can be said, and ends the process at once. Of several threads that fail
   * the first speaks.
   */
  void end(Throwable failure) {
    if (ending.compareAndSet(false, true)) {
      try {
        say(failure);
      } finally {
        // Also where no memory is left to say it.
        halt.accept(ExitCode.of(failure));
      }
    }
  }

  private void say(Throwable failure) {
    String line = Main.line(voice, failure.getMessage() + "; this process hung and was ended");
    Thread speaker =
        Thread.ofPlatform()
            .daemon()
            .name("memo-last-words")
            .start(() -> {
              err.println(line);
              err.flush();
            });
    try {
      speaker.join(LONGEST_SAYING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
