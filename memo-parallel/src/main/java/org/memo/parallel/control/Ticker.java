package org.memo.parallel.control;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A daemon thread that acts every now and then. */
final class Ticker {
  /** What a process that was stopped counts of that time. */
  private static final int MOST_TICKS = 4;

  private Ticker() {}

  /** What is done. */
  @FunctionalInterface
  interface Action {
    /**
     * @param elapsedNanos since the last time
     * @return whether to go on
     */
    boolean act(long elapsedNanos);
  }

  static void start(Duration tick, Action action) {
    Thread.ofPlatform().daemon().name("memo-heartbeat").start(() -> run(tick.toNanos(), action));
  }

  private static void run(long tickNanos, Action action) {
    long last = System.nanoTime();
    boolean goOn = true;
    while (goOn) {
      LockSupport.parkNanos(tickNanos);
      long now = System.nanoTime();
      goOn = action.act(Math.min(now - last, MOST_TICKS * tickNanos));
      last = now;
    }
  }
}
