package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.RunFailedException;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;
import org.memo.data.TokenType;
import org.memo.machine.TestDevice;

/** What of a checkpoint is on the disk while ranks write it. */
class CheckpointTest {
  @TempDir private Path folder;

  @Test
  void aCheckpointThatIsWrittenAgainIsWrittenElsewhere() {
    List<String> first = new ArrayList<>();
    List<String> second = new ArrayList<>();
    train("first", run -> first.addAll(partials(run)));
    train("second", run -> second.addAll(partials(run)));
    assertEquals(1, first.size());
    assertEquals(1, second.size());
    assertFalse(first.equals(second), first::toString);
  }

  @Test
  void whatARankIsLostInIsRemoved() {
    RunFailedException failure =
        assertThrows(
            RunFailedException.class,
            () ->
                train(
                    "lost",
                    run -> {
                      assertEquals(1, partials(run).size());
                      throw new LostRankException(1, "rank 1 has gone", null);
                    }));
    assertTrue(String.valueOf(failure.getMessage()).contains("rank 1 has gone"));
    assertEquals(List.of(), partials(folder.resolve("lost")));
  }

  private static List<String> partials(Path run) {
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(".step-1.") && name.endsWith(".partial"))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Makes a step and its checkpoint; what is asked is when its files have been begun. */
  private void train(String name, Consumer<Path> whenBegun) {
    Path run = folder.resolve(name);
    TrainOptions options =
        TrainOptions.builder()
            .device(TestDevice.name())
            .model("tiny")
            .data(data().toString())
            .dataType(TokenType.BYTES)
            .sequenceLength(16)
            .steps(1)
            .output(run)
            .build();
    Collectives collectives =
        new ScriptedRanks(
            1,
            (what, mine) -> {
              if (what.equals("a checkpoint is begun")) {
                whenBegun.accept(run);
              }
              return List.of(mine);
            });
    try (Trainer trainer = Trainer.open(options, TrainListener.silent(), collectives)) {
      trainer.run();
    }
  }

  private Path data() {
    try {
      return Files.write(folder.resolve("data"), new byte[64]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
