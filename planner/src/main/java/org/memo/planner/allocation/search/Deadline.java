package org.memo.planner.allocation.search;

import java.time.Duration;

/**
 * When a search must stop: at a moment, or as soon as another thread cancels it, whichever comes
 * first. Searches look at it often enough to stop within some milliseconds.
 */
public final class Deadline {

  private final long nanoTime;
  private volatile boolean cancelled = false;

  private Deadline(long nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The moment that comes after this much time; more than a century is cut to that. */
  public static Deadline after(Duration duration) {
    Duration century = Duration.ofDays(36_500);
    Duration bounded = duration.compareTo(century) < 0 ? duration : century;
    return new Deadline(System.nanoTime() + bounded.toNanos());
  }

  /** Whether to stop now. */
  public boolean expired() {
    return cancelled || remainingNanos() <= 0;
  }

  /** Time left, at least 0; a cancellation does not change it. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, remainingNanos()));
  }

  /** Makes {@link #expired} true from now on, for all threads. */
  public void cancel() {
    cancelled = true;
  }

  private long remainingNanos() {
    return nanoTime - System.nanoTime();
  }
}
