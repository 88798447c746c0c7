package org.memo.parallel.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memo.parallel.launch.Launch;

/**
 * What rank 0 says first to whoever connects. Only who finds its own run in it answers, so that
 * nothing is sent to foreign servers.
 *
 * @param version of the protocol
 * @param run the SHA-256 of the run's key
 * @param secret whether rank 0 has a secret
 * @param nonce random, new for each connection
 */
record Banner(int version, byte[] run, boolean secret, byte[] nonce) {
  static final int VERSION = 1;
  private static final byte[] MAGIC = "MEMO run".getBytes(StandardCharsets.US_ASCII);
  private static final int RUN_BYTES = 32;
  static final int BYTES = MAGIC.length + Integer.BYTES + RUN_BYTES + 1 + SharedKey.BYTES;

  static Banner of(Launch launch, Secret secret) {
    return new Banner(VERSION, run(launch), secret.isPresent(), SharedKey.random());
  }

  static byte[] run(Launch launch) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(launch.runKey().getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .put(MAGIC)
        .putInt(version)
        .put(run)
        .put((byte) (secret ? 1 : 0))
        .put(nonce)
        .array();
  }

  /** Nothing if these are no banner. */
  static @Nullable Banner read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      return null;
    }
    int version = in.getInt();
    byte[] run = new byte[RUN_BYTES];
    in.get(run);
    boolean secret = in.get() != 0;
    byte[] nonce = new byte[SharedKey.BYTES];
    in.get(nonce);
    return new Banner(version, run, secret, nonce);
  }
}
