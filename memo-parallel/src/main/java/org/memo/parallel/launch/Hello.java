package org.memo.parallel.launch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A rank's answer to rank 0's banner. Both prove that they know the secret by its HMAC over who
 * they are (the label), the run, the rank and both nonces.
 *
 * @param secret whether this rank has one
 * @param nonce random, new for each connection
 */
record Hello(int rank, int ranks, boolean secret, byte[] nonce, byte[] proof) {
  static final int PROOF_BYTES = 32;
  static final int BYTES = 2 * Integer.BYTES + 1 + Banner.NONCE_BYTES + PROOF_BYTES;

  static Hello of(Launch launch, Secret secret, Banner banner) {
    byte[] nonce = Banner.newNonce();
    Hello unproven =
        new Hello(launch.rank(), launch.ranks(), secret.isPresent(), nonce, new byte[PROOF_BYTES]);
    byte[] proof = unproven.proof("rank", secret, banner);
    return new Hello(launch.rank(), launch.ranks(), secret.isPresent(), nonce, proof);
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
    out.putInt(rank).putInt(ranks).put((byte) (secret ? 1 : 0)).put(nonce);
  }

  static Hello read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int rank = in.getInt();
    int ranks = in.getInt();
    boolean secret = in.get() != 0;
    byte[] nonce = new byte[Banner.NONCE_BYTES];
    in.get(nonce);
    byte[] proof = new byte[PROOF_BYTES];
    in.get(proof);
    return new Hello(rank, ranks, secret, nonce, proof);
  }
}
