package org.memo.parallel.launch;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.memo.UserInputException;

/**
 * What all ranks of a run know and nobody else: ranks prove to each other that they know it, and it
 * never travels. A run without a secret trusts whoever reaches rank 0.
 */
public final class Secret {
  /** The environment variable that holds a secret. */
  public static final String VARIABLE = "MEMO_SECRET";

  /** Of runs without a secret, whose proofs anyone can give. */
  private static final String PUBLIC = "memo without a secret";

  private final boolean present;
  private final SecretKeySpec key;

  private Secret(boolean present, String text) {
    this.present = present;
    this.key = new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  /** No secret. */
  public static Secret none() {
    return new Secret(false, PUBLIC);
  }

  /** A secret of any text that is not empty. */
  public static Secret of(String text) {
    if (text.isEmpty()) {
      throw UserInputException.ofOption(VARIABLE, "empty", "any text, or unset it");
    }
    return new Secret(true, text);
  }

  /** The secret in {@value #VARIABLE}, or none. */
  public static Secret ofEnvironment(Map<String, String> environment) {
    String text = environment.get(VARIABLE);
    return text == null ? none() : of(text);
  }

  boolean isPresent() {
    return present;
  }

  /** HMAC-SHA256: 32 bytes. */
  byte[] proof(byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return present ? "a secret" : "no secret";
  }
}
