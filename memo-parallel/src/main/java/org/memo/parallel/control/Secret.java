package org.memo.parallel.control;

import java.nio.charset.StandardCharsets;
import java.util.Map;
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
  private final SharedKey key;

  private Secret(boolean present, String text) {
    this.present = present;
    this.key = new SharedKey(text.getBytes(StandardCharsets.UTF_8));
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

  SharedKey key() {
    return key;
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return present ? "a secret" : "no secret";
  }
}
