package org.memo.parallel.control;

import java.util.List;

/** What rank 0's hub and the ranks, rank 0 among them, tell each other. */
sealed interface Message {
  /** I live; this is what my rank did last. */
  record Heartbeat(String progress) implements Message {}

  /** From the hub: all ranks are here, and this is the run's key. */
  record Start(byte[] key) implements Message {}

  /** To the hub: what a rank brings to the exchange of a number, from 1. */
  record Contribution(long number, String what, byte[] bytes) implements Message {}

  /** From the hub: what all brought to it. */
  record Result(long number, List<byte[]> contributions) implements Message {}

  /** To the hub: the sender misses a rank. */
  record Suspicion(int rank, String how) implements Message {}

  /** To the hub: the sender failed. */
  record Failure(String how, String progress) implements Message {}

  /** From the hub: the rank is lost. To it: the sender has lost rank 0 itself. */
  record Verdict(int rank, String sentence) implements Message {}

  /** I end in order, or I have heard that you do; nothing follows. */
  record Goodbye() implements Message {}
}
