package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.memo.train.StepMetrics;

class StepBarTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void theBarShowsStepsLossAndSpeed() {
    try (StepBar bar = new StepBar(4, terminal)) {
      for (long step = 3; step <= 4; step++) {
        bar.show(new StepMetrics(step, 2.5, 1, 0, 8192, 2, 0, 0, 0, 0, 0, 0, 0));
      }
    }
    String shown = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(shown.contains("100%") && shown.contains("4/4"), shown);
    assertTrue(shown.contains("loss 2.5000  4,096 tokens/s"), shown);
  }

  @Test
  void aBarThatShowedNothingLeavesNothing() {
    StepBar bar = new StepBar(4, terminal);
    bar.clear();
    bar.close();
    bar.close();
    assertEquals("", bytes.toString(StandardCharsets.UTF_8));
  }
}
