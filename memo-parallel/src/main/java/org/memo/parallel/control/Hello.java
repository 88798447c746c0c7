package org.memo.parallel.control;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.memo.parallel.launch.Launch;

/**
 * A rank's answer to rank 0's banner. Both prove that they know the secret by its HMAC over who
 * they are (the label), the run, the rank and both nonces.
 *
 * @param leftMillis of this rank's timeout: rank 0 does not wait for others any longer
 * @param secret whether this rank has one
 * @param nonce random, new for each connection
 */
record Hello(int rank, int ranks, long leftMillis, boolean secret, byte[] nonce, byte[] proof) {
  static final int BYTES = 2 * Integer.BYTES + Long.BYTES + 1 + 2 * SharedKey.BYTES;

  static Hello of(Launch launch, Duration left, Secret secret, Banner banner) {
    Hello unproven =
        new Hello(
            launch.rank(),
            launch.ranks(),
            left.toMillis(),
            secret.isPresent(),
            SharedKey.random(),
            new byte[SharedKey.BYTES]);
    return unproven.with(unproven.proof("rank", secret, banner));
  }

  private Hello with(byte[] newProof) {
    return new Hello(rank, ranks, leftMillis, secret, nonce, newProof);
  }

  Duration left() {
    return Duration.ofMillis(Math.clamp(leftMillis, 0, Integer.MAX_VALUE));
  }

  /** Whether its sender knows the secret. */
  boolean isProven(Secret secret, Banner banner) {
    return SharedKey.equal(proof("rank", secret, banner), proof);
  }

  /** That rank 0 knows it too. */
  byte[] hubProof(Secret secret, Banner banner) {
    return proof("rank 0", secret, banner);
  }

  private byte[] proof(String label, Secret shared, Banner banner) {
    ByteBuffer unproven = ByteBuffer.allocate(BYTES - SharedKey.BYTES);
    putUnproven(unproven);
    return shared.key().proof(label, banner.bytes(), unproven.array());
  }

  byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    putUnproven(out);
    return out.put(proof).array();
  }

  private void putUnproven(ByteBuffer out) {
    out.putInt(rank).putInt(ranks).putLong(leftMillis).put((byte) (secret ? 1 : 0)).put(nonce);
  }

  static Hello read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int rank = in.getInt();
    int ranks = in.getInt();
    long leftMillis = in.getLong();
    boolean secret = in.get() != 0;
    byte[] nonce = new byte[SharedKey.BYTES];
    in.get(nonce);
    byte[] proof = new byte[SharedKey.BYTES];
    in.get(proof);
    return new Hello(rank, ranks, leftMillis, secret, nonce, proof);
  }
}
