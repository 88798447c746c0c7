package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;
import org.memo.machine.DeviceName;

final class RunFolderTest {
  @TempDir private Path folder;

  @Test
  void aRunThatCannotStartTakesNothingOfItsNeighboursAway() throws IOException {
    Path output = folder.resolve("runs").resolve("mine");
    TrainOptions options =
        TrainOptions.builder()
            .model("tiny")
            .data("x")
            .device(DeviceName.HOST)
            .output(output)
            .build();
    try (RunFolder run = RunFolder.check(options.output())) {
      // Meanwhile other runs begin there and beside it.
      Path neighbour = beginRun(folder.resolve("runs").resolve("other"));
      Path first = beginRun(output);
      assertThrows(UserInputException.class, run::take);
      assertEquals("{}", Files.readString(neighbour));
      assertEquals("{}", Files.readString(first));
      assertTrue(Files.exists(output.resolve("config.yaml")));
      assertFalse(Files.exists(output.resolve("plan.json")));
    }
  }

  private static Path beginRun(Path output) throws IOException {
    Files.createDirectories(output);
    Files.createFile(output.resolve("config.yaml"));
    return Files.writeString(output.resolve("metrics.jsonl"), "{}");
  }
}
