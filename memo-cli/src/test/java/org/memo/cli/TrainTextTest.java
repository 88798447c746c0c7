package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainTextTest {
  @ParameterizedTest
  @CsvSource({"0, 0:00", "59499, 0:59", "59500, 1:00", "3599000, 59:59", "3600000, 1:00:00"})
  void durationsAreShownAsAClockShowsThem(long millis, String clock) {
    assertEquals(clock, TrainText.clock(Duration.ofMillis(millis)));
  }
}
