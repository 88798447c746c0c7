package org.memo.parallel.launch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;

/**
 * A rank's answer to rank 0's banner. Both prove that they know the secret by its HMAC over who
 * they are (the label), the run, the rank and both nonces.
 *
 * @param leftMillis of this rank's timeout: rank 0 does not wait for others any longer
 * @param secret whether this rank has one
 * @param nonce random, new for each connection
 */
record Hello(int rank, int ranks, long leftMillis, boolean secret, byte[] nonce, byte[] proof) {
  static final int PROOF_BYTES = 32;
  static final int BYTES = 2 * Integer.BYTES + Long.BYTES + 1 + Banner.NONCE_BYTES + PROOF_BYTES;

  static Hello of(Launch launch, Duration left, Secret secret, Banner banner) {
    Hello unproven =
        new Hello(
            launch.rank(),
            launch.ranks(),
            left.toMillis(),
            secret.isPresent(),
            Banner.newNonce(),
            new byte[PROOF_BYTES]);
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
    return MessageDigest.isEqual(proof, proof("rank", secret, banner));
  }

  /** That rank 0 knows it too. */
  byte[] hubProof(Secret secret, Banner banner) {
    return proof("rank 0", secret, banner);
  }

  private byte[] proof(String label, Secret key, Banner banner) {
    byte[] who = label.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer message =
        ByteBuffer.allocate(Integer.BYTES + who.length + Banner.BYTES + BYTES - PROOF_BYTES);
    message.putInt(who.length).put(who).put(banner.bytes());
    putUnproven(message);
    return key.proof(message.array());
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
    byte[] nonce = new byte[Banner.NONCE_BYTES];
    in.get(nonce);
    byte[] proof = new byte[PROOF_BYTES];
    in.get(proof);
    return new Hello(rank, ranks, leftMillis, secret, nonce, proof);
  }
}
