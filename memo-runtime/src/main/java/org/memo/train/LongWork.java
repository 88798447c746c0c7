package org.memo.train;

import java.io.IOException;
import java.time.Duration;
import org.memo.model.ParameterValues;

/**
 * Work that may take a rank longer than the others wait for it: they meet while it goes on, so that
 * only one that hangs is taken for lost.
 */
final class LongWork {
  private static final int TURNS_OF_TIMEOUT = 10;

  private final RunRanks ranks;
  private final String what;
  private final Duration turn;
  private long turnStartNanos = System.nanoTime();

  LongWork(RunRanks ranks, String what) {
    this.ranks = ranks;
    this.what = what;
    this.turn = ranks.timeout().dividedBy(TURNS_OF_TIMEOUT);
  }

  /** What makes lasting what was done so far. */
  @FunctionalInterface
  interface Save {
    void run() throws IOException;
  }

  /** Between two pieces: now and then saves, and tells the others that it goes on. */
  void goesOn(Save save) throws IOException {
    if (isTurnOver()) {
      save.run();
      tell();
    }
  }

  /** The values, which are read as this work goes on. */
  ParameterValues read(ParameterValues values) {
    return (tensor, firstElement, floats) -> {
      values.read(tensor, firstElement, floats);
      if (isTurnOver()) {
        tell();
      }
    };
  }

  private boolean isTurnOver() {
    return System.nanoTime() - turnStartNanos > turn.toNanos();
  }

  private void tell() {
    ranks.any(what, true);
    turnStartNanos = System.nanoTime();
  }

  /** This rank has done its part: waits for the others. */
  void finish() {
    boolean othersGoOn = true;
    while (othersGoOn) {
      othersGoOn = ranks.any(what, false);
    }
  }
}
