package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class PresetsTest {
  @Test
  void aPresetIsTheSameWherePeopleHaveOtherDigits() {
    ModelConfig usual = Presets.named("tiny").orElseThrow();
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      assertEquals(usual, Presets.named("tiny").orElseThrow());
    } finally {
      Locale.setDefault(before);
    }
  }
}
