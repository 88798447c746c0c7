package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;
import org.memo.collective.Collectives;
import org.memo.data.TokenType;
import org.memo.machine.DeviceName;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.Trainer;

/** A run whose ranks have the output folder each on a disk of their own. */
@Timeout(120)
class UnsharedFolderTest {
  @TempDir private Path folder;

  /** What rank 0 made has another name for rank 1, as if it looked at another machine's disk. */
  private static Collectives onOtherDisk(Collectives group) {
    return new ChangedExchanges(
        group,
        (what, mine) -> {
          List<byte[]> told = group.exchange(what, mine);
          boolean aboutTheFolder = what.equals("the run folder is there");
          return aboutTheFolder && group.rank() == 1
              ? List.of("elsewhere".getBytes(StandardCharsets.UTF_8))
              : told;
        });
  }

  @Test
  void isRefusedByAllRanksAndLeavesNothing() throws IOException {
    Path output = folder.resolve("runs").resolve("mine");
    assertRefusedByAll(output);
    assertFalse(Files.exists(output.getParent()));
  }

  @Test
  void aFolderThatWasThereStaysAsItWas() throws IOException {
    Path output = Files.createDirectories(folder.resolve("mine"));
    assertRefusedByAll(output);
    try (var files = Files.list(output)) {
      assertEquals(List.of(), files.toList());
    }
  }

  private void assertRefusedByAll(Path output) throws IOException {
    Path data = Files.write(folder.resolve("data"), new byte[1000]);
    TrainOptions options =
        TrainOptions.builder()
            .model("tiny")
            .data(data.toString())
            .dataType(TokenType.BYTES)
            .device(DeviceName.HOST)
            .sequenceLength(16)
            .steps(1)
            .sequenceParallel(2)
            .output(output)
            .build();
    Map<Integer, RuntimeException> failures = new ConcurrentHashMap<>();
    assertThrows(
        UserInputException.class,
        () ->
            InProcessRanks.run(
                2,
                Duration.ofSeconds(60),
                group -> {
                  Collectives ranks = onOtherDisk(group);
                  try (Trainer trainer = Trainer.open(options, TrainListener.silent(), ranks)) {
                    trainer.run();
                  } catch (RuntimeException e) {
                    failures.put(group.rank(), e);
                    throw e;
                  }
                }));
    String sentence =
        "--output is %s, where rank 1 cannot see what rank 0 writes, or cannot write too; valid is a folder that all machines share"
            .formatted(output);
    assertEquals(sentence, failures.get(0).getMessage());
    assertEquals(sentence, failures.get(1).getMessage());
  }
}
