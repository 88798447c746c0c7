package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Assertions about what an exception says. */
public final class Messages {
  private Messages() {}

  public static void assertSays(String part, Throwable e) {
    assertTrue(String.valueOf(e.getMessage()).contains(part), e.toString());
  }
}
