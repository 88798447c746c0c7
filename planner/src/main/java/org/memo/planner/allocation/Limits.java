package org.memo.planner.allocation;

import java.time.Duration;

/**
 * How much a planner may spend.
 *
 * @param timeout after which it answers with the best it has; it may overrun by some milliseconds
 *     to end its searches, and takes what it needs to find any solution at all
 * @param threads how many searches may run at once, at least 1
 */
public record Limits(Duration timeout, int threads) {

  /**
   * @throws IllegalArgumentException if the timeout is negative or there are no threads
   */
  public Limits {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException(
          "the timeout is %s; it must not be negative".formatted(timeout));
    }
    if (threads < 1) {
      throw new IllegalArgumentException(
          "the planner is given %d threads; it needs at least 1".formatted(threads));
    }
  }

  /** This much time on all of the machine's cores. */
  public static Limits of(Duration timeout) {
    return new Limits(timeout, Runtime.getRuntime().availableProcessors());
  }
}
