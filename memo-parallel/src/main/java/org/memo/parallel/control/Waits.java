package org.memo.parallel.control;

import java.time.Duration;

/**
 * How long each thing may take, as parts of the timeout of a run, so that whatever comes first, all
 * have come to an end when the timeout has passed.
 *
 * @param timeout positive
 */
record Waits(Duration timeout) {
  Waits {
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("timeout " + timeout);
    }
  }

  /** Between two heartbeats. */
  Duration tick() {
    return shorter(timeout.dividedBy(20), Duration.ofSeconds(1));
  }

  /** Of a rank that is not heard until it is lost. */
  Duration patience() {
    return timeout.multipliedBy(4).dividedBy(5);
  }

  /** Of a rank that does not come to an exchange: if it is not heard either, that is said first. */
  Duration exchange(String what) {
    return ControlGroup.patience(what, patience()).plus(tick());
  }

  /** Of what is left of a rank's timeout until rank 0 decides: before that rank does. */
  static Duration forming(Duration left) {
    return left.multipliedBy(4).dividedBy(5);
  }

  /** From a suspicion to the verdict: a death that explains it is known by then. */
  Duration grace() {
    return shorter(timeout.dividedBy(20), Duration.ofSeconds(2));
  }

  /** Of a rank for rank 0's verdict. */
  Duration verdict() {
    return timeout.dividedBy(10);
  }

  /** From a loss until a process that is still there is stuck. */
  Duration stuck() {
    return timeout.dividedBy(10);
  }

  /** For goodbyes. */
  Duration farewell() {
    return shorter(timeout.dividedBy(10), Duration.ofSeconds(5));
  }

  /** For a process that connects to say who it is. */
  Duration introduction() {
    return shorter(timeout.dividedBy(4), Duration.ofSeconds(5));
  }

  /** For whoever listens at a port to say that it is rank 0. */
  Duration banner() {
    return shorter(timeout.dividedBy(8), Duration.ofSeconds(2));
  }

  /** For messages. */
  String inSeconds() {
    return Sentences.inSeconds(timeout);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
