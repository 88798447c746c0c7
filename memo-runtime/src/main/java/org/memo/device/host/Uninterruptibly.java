package org.memo.device.host;

/**
 * Waits to the end: a device's memory must not be given up while a worker uses it. An interrupt
 * that comes meanwhile is kept for the caller.
 */
final class Uninterruptibly {
  private Uninterruptibly() {}

  /** A call that blocks. */
  @FunctionalInterface
  interface Blocking {
    void run() throws InterruptedException;
  }

  /** Repeats the call until it was not interrupted. */
  static void run(Blocking call) {
    boolean interrupted = false;
    while (true) {
      try {
        call.run();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
