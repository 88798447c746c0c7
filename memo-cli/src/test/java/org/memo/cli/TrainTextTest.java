package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.train.TrainSummary;

class TrainTextTest {
  @Test
  void aRunWithoutAStepHasNoLosses() {
    Path checkpoint = Path.of("step-60");
    TrainSummary nothingLeft =
        new TrainSummary(0, Double.NaN, Double.NaN, 0, 1, 2, 3, checkpoint, false);
    assertEquals(
        List.of(
            "No step was left to do: --steps counts those before the checkpoint too",
            "Model: step-60"),
        TrainText.summary(nothingLeft));
    TrainSummary stopped =
        new TrainSummary(0, Double.NaN, Double.NaN, 0, 1, 2, 3, checkpoint, true);
    assertEquals("Stopped before the first step", TrainText.summary(stopped).getFirst());
  }

  @ParameterizedTest
  @CsvSource({"0, 0:00", "59499, 0:59", "59500, 1:00", "3599000, 59:59", "3600000, 1:00:00"})
  void durationsAreShownAsAClockShowsThem(long millis, String clock) {
    assertEquals(clock, TrainText.clock(Duration.ofMillis(millis)));
  }
}
