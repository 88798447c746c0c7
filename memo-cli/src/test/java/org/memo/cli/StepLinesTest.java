package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.train.StepMetrics;

class StepLinesTest {
  private final StringWriter out = new StringWriter();
  private long nanos = -5_000_000_000L;

  @Test
  void aLineSaysLossRateAndTimeLeft() {
    showSteps(1, 2.0, 3);
    assertEquals(
        List.of(
            "step 1/3  loss 2.5000  grad norm 0.750  lr 3.00e-04  4,096 tokens/s  2.00 s  left"
                + " 0:04"),
        out.toString().lines().toList());
  }

  @Test
  void longStepsAreAllShown() {
    showSteps(3, 2.0, 3);
    assertEquals(3, out.toString().lines().count());
  }

  @Test
  void ofShortStepsTheFirstTheLastAndOneASecondAreShown() {
    showSteps(25, 0.1, 25);
    List<String> shown = out.toString().lines().map(line -> line.split("/", 2)[0]).toList();
    assertEquals(List.of("step 1", "step 11", "step 21", "step 25"), shown);
  }

  private void showSteps(long count, double seconds, long total) {
    try (StepLines lines = new StepLines(new PrintWriter(out), total, () -> nanos)) {
      for (long step = 1; step <= count; step++) {
        nanos += Math.round(1e9 * seconds);
        lines.show(new StepMetrics(step, 2.5, 0.75, 3e-4, 8192, seconds, 0, 0, 0, 0, 0, 0, 0));
      }
    }
  }
}
