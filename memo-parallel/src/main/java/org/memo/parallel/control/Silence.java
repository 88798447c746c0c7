package org.memo.parallel.control;

import java.time.Duration;

/**
 * How long nothing was heard, in ticks of this process: a process that was stopped itself does not
 * take the others for lost when it goes on. Not thread-safe.
 */
final class Silence {
  private final long longestNanos;
  private long nanos;

  Silence(Duration longest) {
    this.longestNanos = longest.toNanos();
  }

  /**
   * @param elapsedNanos since the last call
   * @return whether it has lasted too long
   */
  boolean hasLasted(boolean heard, long elapsedNanos) {
    nanos = heard ? 0 : nanos + elapsedNanos;
    return nanos > longestNanos;
  }

  Duration lasted() {
    return Duration.ofNanos(nanos);
  }
}
