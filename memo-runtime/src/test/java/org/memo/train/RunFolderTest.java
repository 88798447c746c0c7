package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;
import org.memo.machine.DeviceName;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.plan.HostHardware;
import org.memo.plan.StepPlan;
import org.memo.plan.StepPlanner;
import org.memo.plan.TileChoices;
import org.memo.profile.StepJob;

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
      assertThrows(UserInputException.class, () -> run.create(options, plan()));
      assertEquals("{}", Files.readString(neighbour));
      assertEquals("{}", Files.readString(first));
      assertFalse(Files.exists(output.resolve("plan.json")));
    }
  }

  private static Path beginRun(Path output) throws IOException {
    Files.createDirectories(output);
    return Files.writeString(output.resolve("metrics.jsonl"), "{}");
  }

  private static StepPlan plan() {
    ModelConfig config = Presets.named("tiny").orElseThrow();
    StepJob job = StepJob.onOneRank(config, ParameterLayout.of(config), 1, 64);
    return new StepPlanner(job, TileChoices.HOST, HostHardware.roundFigures(1)).decided(0, 64, 0);
  }
}
