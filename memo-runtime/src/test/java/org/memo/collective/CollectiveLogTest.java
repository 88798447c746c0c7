package org.memo.collective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.UserInputException;

class CollectiveLogTest {
  @Test
  void itKeepsWhatItIsToldWhereTheEnvironmentSaysSo() {
    assertTrue(CollectiveLog.of("1").keeps());
    assertFalse(CollectiveLog.of("0").keeps());
    assertFalse(CollectiveLog.of("").keeps());
    assertFalse(CollectiveLog.of(null).keeps());
  }

  @Test
  void whatIsNeitherYesNorNoIsRefused() {
    UserInputException refused =
        assertThrows(UserInputException.class, () -> CollectiveLog.of("true"));
    assertEquals("MEMO_DEBUG_COLLECTIVES is true; valid is 1 or 0", refused.getMessage());
  }
}
