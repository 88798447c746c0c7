package org.memo.planner.allocation.search;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a search must stop: at a moment, or as soon as another thread cancels it, whichever comes
 * first. Searches look at it often enough to stop within some milliseconds.
 */
public final class Deadline {

  private final long nanoTime;
  private final @Nullable Deadline outer;
  private volatile boolean cancelled = false;

  private Deadline(long nanoTime, @Nullable Deadline outer) {
    this.nanoTime = nanoTime;
    this.outer = outer;
  }

  /** The moment that comes after this much time; more than a century is cut to that. */
  public static Deadline after(Duration duration) {
    return new Deadline(momentAfter(duration), null);
  }

  /** A deadline after this much time, that has passed as well when this one has. */
  public Deadline within(Duration duration) {
    return new Deadline(momentAfter(duration), this);
  }

  /** Whether to stop now. */
  public boolean expired() {
    return cancelled || ownRemainingNanos() <= 0 || (outer != null && outer.expired());
  }

  /** Time left, at least 0; a cancellation does not change it. */
  public Duration remaining() {
    long nanos = Math.max(0, ownRemainingNanos());
    return Duration.ofNanos(outer == null ? nanos : Math.min(nanos, outer.remaining().toNanos()));
  }

  /** Makes {@link #expired} true from now on, for all threads. */
  public void cancel() {
    cancelled = true;
  }

  private static long momentAfter(Duration duration) {
    Duration century = Duration.ofDays(36_500);
    Duration bounded = duration.compareTo(century) < 0 ? duration : century;
    return System.nanoTime() + bounded.toNanos();
  }

  private long ownRemainingNanos() {
    return nanoTime - System.nanoTime();
  }
}
