package org.memo.parallel.socket;

import org.memo.parallel.control.SharedKey;

/** What the two ends of a connection answer to each other's challenge. */
final class Proof {
  private Proof() {}

  /** Of the rank that connects: it also vouches for what it says. */
  static byte[] ofHello(SharedKey key, byte[] challenge, byte[] hello) {
    return key.proof("channel hello", challenge, hello);
  }

  /** Of the rank that accepts. */
  static byte[] ofWelcome(SharedKey key, byte[] challenge) {
    return key.proof("channel welcome", challenge);
  }
}
