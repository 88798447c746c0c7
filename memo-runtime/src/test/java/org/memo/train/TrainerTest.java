package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.DoesNotFitException;
import org.memo.RunFailedException;
import org.memo.UserInputException;
import org.memo.data.TokenType;
import org.memo.machine.TestDevice;

/** What holds for every run, on any device. */
final class TrainerTest {
  private static final double LOSS_TOLERANCE = 1e-5;

  @TempDir private Path folder;
  private int runs;

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2-documents"})
  void lossesDoNotDependOnAlphaTileOrResidency(String name) {
    double[] plain = RecordedRun.of(golden(name).residency(Residency.ALL).build()).losses();
    for (double alpha : new double[] {0, 0.25, 0.5, 1}) {
      for (long tile : new long[] {1, 7, 1000}) {
        for (Residency residency :
            List.of(Residency.AUTO, Residency.NONE, Residency.of(1), Residency.ALL)) {
          double[] losses =
              RecordedRun.of(
                      golden(name)
                          .alpha(OptionalDouble.of(alpha))
                          .tileTokens(OptionalLong.of(tile))
                          .residency(residency)
                          .build())
                  .losses();
          assertLosses(plain, losses, "alpha " + alpha + ", tile " + tile + ", " + residency);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1})
  void theSameSettingsGiveTheSameBits(double alpha) throws IOException {
    RecordedRun first = RecordedRun.of(swapped(alpha).build());
    RecordedRun second = RecordedRun.of(swapped(alpha).build());
    assertArrayEquals(first.losses(), second.losses());
    assertEquals(-1, Files.mismatch(first.weights(), second.weights()));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1})
  void aSteadyStepAllocatesNothingAndTheSlabsPeakIsThePlans(double alpha) {
    List<Long> allocations = new ArrayList<>();
    RecordedRun run =
        RecordedRun.of(
            swapped(alpha).build(), trainer -> allocations.add(trainer.deviceAllocations()));
    assertEquals(4, allocations.size());
    assertEquals(1, allocations.stream().skip(1).distinct().count(), allocations::toString);
    assertEquals(run.plan().slabBytes(), run.summary().devicePeakBytes());
    assertEquals(run.plan().hostPoolBytes(), run.summary().hostPeakBytes());
  }

  @Test
  void aStepWhosePlainFormNeedsFourTimesTheSlabTrains() {
    RecordedRun run = RecordedRun.of(bytes(9000, 3).deviceMemoryBytes(60 << 20).build());
    assertTrue(run.plan().plainStepBytes() >= 4 * run.plan().slabBytes(), run.plan()::toString);
    assertTrue(run.steps().getFirst().swappedBytes() > 0);
    assertTrue(run.summary().lastLoss() < run.summary().firstLoss());
  }

  @Test
  void aSlabTooSmallIsAnsweredWithTheSmallestThatWouldDo() {
    DoesNotFitException refusal = assertThrows(DoesNotFitException.class, () -> trainIn(1 << 20));
    String needed = Long.toString(refusal.neededBytes());
    assertTrue(String.valueOf(refusal.getMessage()).contains(needed), refusal::getMessage);
    assertThrows(DoesNotFitException.class, () -> trainIn(refusal.neededBytes() - 1));
    trainIn(refusal.neededBytes());
  }

  @Test
  void aPoolTooSmallIsRefusedBeforeAnythingIsWritten() {
    Path output = folder.resolve("nothing");
    TrainOptionsBuilder options = swapped(1).hostMemoryBytes(1000).output(output);
    assertThrows(DoesNotFitException.class, () -> RecordedRun.of(options.build()));
    assertFalse(Files.exists(output));
  }

  @Test
  void aResumedRunGoesOnAsIfItHadNotStopped() throws IOException {
    RecordedRun whole = RecordedRun.of(swapped(0.5).build());
    Path output = folder.resolve("resumed");
    RecordedRun first = RecordedRun.of(swapped(0.5).output(output).build(), stopAfter(2));
    assertTrue(first.summary().stoppedEarly());
    RecordedRun second = RecordedRun.of(swapped(0.5).output(output).resume(output).build());
    assertEquals(2, second.summary().steps());
    double[] losses =
        Stream.concat(first.steps().stream(), second.steps().stream())
            .mapToDouble(StepMetrics::loss)
            .toArray();
    assertArrayEquals(whole.losses(), losses);
    assertEquals(-1, Files.mismatch(whole.weights(), second.weights()));
    assertEquals(4, Files.readAllLines(output.resolve("metrics.jsonl")).size());
  }

  @Test
  void aRunLeavesItsPlanDrawn() throws IOException {
    Path output = folder.resolve("drawn");
    RecordedRun.of(bytes(64, 1).output(output).build());
    String page = Files.readString(output.resolve("plan.html"));
    assertTrue(page.contains("<title>Memory plan</title>") && page.contains("first moment"));
  }

  @Test
  void anotherRunsFolderIsRefused() {
    Path output = folder.resolve("taken");
    RecordedRun.of(bytes(64, 1).output(output).build());
    UserInputException refusal =
        assertThrows(
            UserInputException.class, () -> RecordedRun.of(bytes(64, 1).output(output).build()));
    assertTrue(String.valueOf(refusal.getMessage()).contains("--resume"), refusal::getMessage);
  }

  @Test
  void twoRunsInOneFolderAtOnceAreRefused() {
    Path output = folder.resolve("shared");
    List<String> refusals = new ArrayList<>();
    RecordedRun.of(
        bytes(64, 2).output(output).checkpointEvery(1).build(),
        trainer -> {
          if (Files.exists(output.resolve("checkpoints/step-1"))) {
            refusals.add(refusalToResume(output));
          }
        });
    assertEquals(1, refusals.size());
    assertTrue(refusals.getFirst().contains("another run is training"), refusals::toString);
    assertFalse(Files.exists(output.resolve(".lock")));
  }

  private String refusalToResume(Path output) {
    TrainOptions options = bytes(64, 9).output(output).resume(output).build();
    return String.valueOf(
        assertThrows(UserInputException.class, () -> RecordedRun.of(options)).getMessage());
  }

  @Test
  void theRestOfAKilledCheckpointIsRemovedWhenTheRunGoesOn() throws IOException {
    Path output = folder.resolve("killed");
    RecordedRun.of(bytes(64, 1).output(output).build());
    Path partial = output.resolve("checkpoints/.step-9.partial");
    Files.createDirectories(partial);
    Files.writeString(partial.resolve("model.safetensors.partial"), "half");
    RecordedRun.of(bytes(64, 2).output(output).resume(output).build());
    assertFalse(Files.exists(partial));
  }

  @Test
  void aFileCutDuringTheRunEndsItWithItsStep() {
    Path output = folder.resolve("cut");
    TrainOptions options = bytes(64, 3).output(output).checkpointEvery(1).build();
    RunFailedException failure =
        assertThrows(
            RunFailedException.class, () -> RecordedRun.of(options, trainer -> emptyLetters()));
    assertTrue(String.valueOf(failure.getMessage()).contains("step-1, is whole"));
    assertEquals(2, failure.step());
  }

  private void emptyLetters() {
    try {
      Files.write(letters(), new byte[0]);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunAndTheLastCheckpointIsWhole() {
    Path output = folder.resolve("diverged");
    TrainOptions options =
        bytes(64, 9).learningRate(1e30).gradClip(0).checkpointEvery(1).output(output).build();
    RunFailedException failure =
        assertThrows(RunFailedException.class, () -> RecordedRun.of(options));
    Path last = output.resolve("checkpoints").resolve("step-" + (failure.step() - 1));
    assertTrue(String.valueOf(failure.getMessage()).contains(last.toString()));
    assertTrue(Files.exists(last.resolve("model.safetensors")));
  }

  private void trainIn(long deviceMemoryBytes) {
    RecordedRun.of(bytes(512, 1).deviceMemoryBytes(deviceMemoryBytes).build());
  }

  private static Consumer<Trainer> stopAfter(int steps) {
    int[] made = {0};
    return trainer -> {
      if (++made[0] == steps) {
        trainer.requestStop();
      }
    };
  }

  private static void assertLosses(double[] expected, double[] given, String settings) {
    assertEquals(expected.length, given.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], given[i], LOSS_TOLERANCE * expected[i], settings);
    }
  }

  private TrainOptionsBuilder golden(String name) {
    return GoldenCase.all().stream()
        .filter(golden -> golden.toString().equals(name))
        .findFirst()
        .orElseThrow()
        .options(folder.resolve("run" + runs++));
  }

  private TrainOptionsBuilder swapped(double alpha) {
    return bytes(100, 4)
        .alpha(OptionalDouble.of(alpha))
        .tileTokens(OptionalLong.of(32))
        .residency(Residency.NONE);
  }

  /** The preset tiny on random letters. */
  private TrainOptionsBuilder bytes(long sequenceLength, long steps) {
    return TrainOptions.builder()
        .device(TestDevice.name())
        .model("tiny")
        .data(letters().toString())
        .dataType(TokenType.BYTES)
        .sequenceLength(sequenceLength)
        .steps(steps)
        .threads(2)
        .output(folder.resolve("run" + runs++));
  }

  private Path letters() {
    Path file = folder.resolve("letters.txt");
    if (!Files.exists(file)) {
      byte[] text = new byte[10_000];
      Random random = new Random(7);
      for (int i = 0; i < text.length; i++) {
        text[i] = (byte) ('a' + random.nextInt(4));
      }
      try {
        Files.write(file, text);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    return file;
  }
}
