package org.memo.parallel.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that both ends of a connection have and prove to have without sending it: each answers the
 * other's random challenge, so that nothing heard before can be said again.
 */
public final class SharedKey {
  /** Of a challenge, a proof, and a key of a run. */
  public static final int BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SecretKeySpec key;

  /**
   * @param key not empty
   */
  public SharedKey(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** A new challenge, or a new key. */
  public static byte[] random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /**
   * The HMAC-SHA256 of what is said.
   *
   * @param purpose that no other proof by this key has
   * @param said of sizes that both ends know
   */
  public byte[] proof(String purpose, byte[]... said) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] label = purpose.getBytes(StandardCharsets.US_ASCII);
      mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, label.length));
      mac.update(label);
      for (byte[] part : said) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  /** Compares in a time that does not tell where they differ. */
  public static boolean equal(byte[] expected, byte[] given) {
    return MessageDigest.isEqual(expected, given);
  }
}
