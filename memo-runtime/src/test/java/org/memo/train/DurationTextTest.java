package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "60s, PT60S",
    "500ms, PT0.5S",
    "2m, PT2M",
    "2min, PT2M",
    "1.5h, PT90M",
    "7, PT7S",
    " 3 s , PT3S",
    "0s, PT0S",
    "0.25s, PT0.25S"
  })
  void aDurationIsUnderstood(String text, String expected) {
    assertEquals(Optional.of(Duration.parse(expected)), DurationText.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s",
        "-1s",
        "1d",
        "1 s s",
        "1,5s",
        "1e3",
        ".5s",
        "NaN",
        "60S",
        "999999999999999999h"
      })
  void whatIsNoDurationIsRefused(String text) {
    assertEquals(Optional.empty(), DurationText.parse(text));
  }

  @Test
  void aDurationOfMillionsOfYearsIsNotCut() {
    assertEquals(
        Optional.of(Duration.ofHours(999_999_999_999L)), DurationText.parse("999999999999h"));
  }
}
