package org.memo.parallel.socket;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that an end of a connection has the run's token, which itself is never sent: each end
 * answers the other's random challenge, so that nothing heard before can be said again.
 */
final class Proof {
  /** Of a challenge and of an answer. */
  static final int BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final SecureRandom RANDOM = new SecureRandom();

  private Proof() {}

  static byte[] challenge() {
    byte[] challenge = new byte[BYTES];
    RANDOM.nextBytes(challenge);
    return challenge;
  }

  /** What the rank that connects answers: it also vouches for what it says. */
  static byte[] ofHello(byte[] token, byte[] challenge, byte[] hello) {
    return answer(token, "memo hello", challenge, hello);
  }

  /** What the rank that accepts answers. */
  static byte[] ofWelcome(byte[] token, byte[] challenge) {
    return answer(token, "memo welcome", challenge, new byte[0]);
  }

  static boolean equal(byte[] expected, byte[] given) {
    return MessageDigest.isEqual(expected, given);
  }

  private static byte[] answer(byte[] token, String purpose, byte[] challenge, byte[] message) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(token, ALGORITHM));
      mac.update(purpose.getBytes(StandardCharsets.US_ASCII));
      mac.update(challenge);
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
