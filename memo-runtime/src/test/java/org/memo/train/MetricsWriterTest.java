package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;

class MetricsWriterTest {
  @TempDir private Path folder;

  @Test
  void aLineHasTheKeysOfTheInterfaceInItsOrder() {
    assertEquals(
        "{\"step\":7,\"loss\":2.5,\"grad_norm\":0.75,\"lr\":3.0E-4,\"tokens\":8192,"
            + "\"seconds\":0.5,\"tokens_per_second\":16384.0,\"mfu_causal\":0.25,\"mfu_full\":0.5,"
            + "\"device_peak_bytes\":100,\"host_peak_bytes\":200,\"swapped_bytes\":300,"
            + "\"recomputed_tokens\":400,\"stall_seconds\":0.125}",
        metrics(7, 2.5).toJson());
  }

  @Test
  void jsonHasNoNaN() {
    assertTrue(metrics(1, Double.NaN).toJson().startsWith("{\"step\":1,\"loss\":null,"));
  }

  @Test
  void aStepIsOnDiskOnceWritten() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsWriter writer = MetricsWriter.open(file, 0)) {
      writer.write(metrics(1, 3));
      assertEquals(List.of(metrics(1, 3).toJson()), Files.readAllLines(file));
    }
  }

  @Test
  void aResumedRunContinuesBehindItsCheckpoint() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsWriter writer = MetricsWriter.open(file, 0)) {
      for (int step = 1; step <= 3; step++) {
        writer.write(metrics(step, step));
      }
    }
    Files.writeString(file, "{\"step\":4,\"lo", StandardOpenOption.APPEND);

    try (MetricsWriter writer = MetricsWriter.open(file, 2)) {
      writer.write(metrics(3, 9));
    }

    assertEquals(
        List.of(metrics(1, 1).toJson(), metrics(2, 2).toJson(), metrics(3, 9).toJson()),
        Files.readAllLines(file));
  }

  @Test
  void aFileThatCannotBeWrittenIsRefused() {
    Path file = folder.resolve("missing").resolve("metrics.jsonl");
    assertThrows(UserInputException.class, () -> MetricsWriter.open(file, 0));
  }

  private static StepMetrics metrics(long step, double loss) {
    return new StepMetrics(step, loss, 0.75, 3e-4, 8192, 0.5, 0.25, 0.5, 100, 200, 300, 400, 0.125);
  }
}
