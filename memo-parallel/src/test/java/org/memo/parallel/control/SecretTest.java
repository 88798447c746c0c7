package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memo.UserInputException;

class SecretTest {
  @Test
  void anEmptySecretIsRefusedAndNoneIsShown() {
    assertThrows(UserInputException.class, () -> Secret.ofEnvironment(Map.of("MEMO_SECRET", "")));
    assertFalse(Secret.of("xyzzy").toString().contains("xyzzy"));
    assertFalse(Secret.ofEnvironment(Map.of()).isPresent());
  }
}
