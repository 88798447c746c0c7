package org.memo.parallel.control;

import org.jspecify.annotations.Nullable;

/** What the hub knows of a rank that has come. Guarded by the hub. */
final class Seat {
  private final int rank;
  private final String from;
  private final Wire wire;
  private final Silence silence;
  private String lastOperation = "";
  private boolean parted;
  private boolean gone;

  Seat(int rank, String from, Wire wire, Silence silence) {
    this.rank = rank;
    this.from = from;
    this.wire = wire;
    this.silence = silence;
  }

  int rank() {
    return rank;
  }

  String from() {
    return from;
  }

  Silence silence() {
    return silence;
  }

  String lastOperation() {
    return lastOperation;
  }

  void did(String operation) {
    this.lastOperation = operation;
  }

  void send(byte[] frame) {
    if (!parted) {
      wire.send(frame);
    }
  }

  void beat(byte[] frame) {
    if (!parted) {
      wire.beat(frame);
    }
  }

  /** Whether the rank is silent for too long. */
  boolean isSilent(long elapsedNanos) {
    return silence.hasLasted(wire.takeHeard(), elapsedNanos) && !parted;
  }

  /** Whether the rank or the hub has said the last word. */
  boolean hasParted() {
    return parted;
  }

  /** The hub's last word. */
  void part() {
    if (!parted) {
      wire.send(MessageCodec.frame(new Message.Goodbye()));
      wire.finish();
      parted = true;
    }
  }

  boolean isGone() {
    return gone;
  }

  void go() {
    gone = true;
    parted = true;
  }

  void abandon() {
    wire.abandon();
  }

  static boolean isThere(@Nullable Seat seat) {
    return seat != null && !seat.parted;
  }
}
