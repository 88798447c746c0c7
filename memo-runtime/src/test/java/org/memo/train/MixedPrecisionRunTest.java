package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.machine.DeviceName;
import org.memo.machine.TestDevice;
import org.memo.model.SafetensorsFile;
import org.memo.model.StoredTensor;
import org.memo.planner.cost.ElementType;

/** What holds for a run in mixed precision: activations in bf16, parameters and states in f32. */
final class MixedPrecisionRunTest {
  private static final long TILE_TOKENS = 8;

  /** Of losses near 5. A GPU's products may choose other sums for other tiles. */
  private static final double TILES_TOLERANCE =
      TestDevice.name().equals(DeviceName.HOST) ? 1e-9 : 5e-3;

  @TempDir private Path folder;
  private int runs;

  /** What is swapped comes back as it was, and what is recomputed becomes what it was. */
  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2-documents", "mistral-masked-accumulated-bf16"})
  void swappingRecomputingOrKeepingActivationsChangesNoBit(String name) throws IOException {
    RecordedRun kept = run(inTiles(name).residency(Residency.ALL));
    for (double alpha : new double[] {0, 0.5, 1}) {
      for (Residency residency : List.of(Residency.NONE, Residency.of(1))) {
        RecordedRun swapped =
            run(inTiles(name).alpha(OptionalDouble.of(alpha)).residency(residency));
        String settings = "alpha " + alpha + ", " + residency;
        assertArrayEquals(kept.losses(), swapped.losses(), settings);
        assertEquals(-1, Files.mismatch(kept.weights(), swapped.weights()), settings);
      }
    }
  }

  /** Each token's sums are the same; those over tokens are f32, in another order. */
  @ParameterizedTest
  @ValueSource(longs = {1, 7, 16, 1000})
  void lossesDoNotDependOnTheTiles(long tileTokens) {
    RecordedRun expected = run(inTiles("llama-gqa-tied").residency(Residency.ALL));
    RecordedRun run =
        run(
            golden("llama-gqa-tied")
                .tileTokens(OptionalLong.of(tileTokens))
                .alpha(OptionalDouble.of(0.3))
                .residency(Residency.NONE));
    assertArrayEquals(expected.losses(), run.losses(), TILES_TOLERANCE);
  }

  @Test
  void theSameSettingsGiveTheSameBits() throws IOException {
    RecordedRun first = run(golden("llama-biases-head-dim"));
    RecordedRun second = run(golden("llama-biases-head-dim"));
    assertArrayEquals(first.losses(), second.losses());
    assertEquals(-1, Files.mismatch(first.weights(), second.weights()));
  }

  @Test
  void halfTheBytesAreSwapped() {
    long[] bytes = new long[2];
    for (ElementType type : ElementType.values()) {
      TrainOptionsBuilder options =
          inTiles("llama-gqa-tied").alpha(OptionalDouble.of(1)).residency(Residency.NONE);
      RecordedRun run = RecordedRun.of(options.precision(type).build());
      bytes[type.ordinal()] = run.steps().getFirst().swappedBytes();
    }
    long f32 = bytes[ElementType.F32.ordinal()];
    long bf16 = bytes[ElementType.BF16.ordinal()];
    assertTrue(bf16 >= f32 / 2 && bf16 < 0.6 * f32, bf16 + " of " + f32);
  }

  /** The checkpoint holds the parameters in f32, not the rounded copy that computes. */
  @Test
  void aResumedRunGoesOnAsIfItHadNotStopped() throws IOException {
    RecordedRun whole = run(golden("llama-gqa-tied"));
    Path output = folder.resolve("resumed");
    RecordedRun first =
        RecordedRun.of(
            golden("llama-gqa-tied").output(output).precision(ElementType.BF16).build(),
            trainer -> trainer.requestStop());
    assertEquals(1, first.steps().size());
    RecordedRun second = run(golden("llama-gqa-tied").output(output).resume(output));
    double[] losses =
        Stream.concat(first.steps().stream(), second.steps().stream())
            .mapToDouble(StepMetrics::loss)
            .toArray();
    assertArrayEquals(whole.losses(), losses);
    assertEquals(-1, Files.mismatch(whole.weights(), second.weights()));
  }

  /**
   * Five steps of 1e-6, each far below half a unit of bf16 for most weights: the parameters move as
   * they do in f32, where bf16 alone would leave them as they are.
   */
  @Test
  void parametersAdvanceWhereBf16AloneWouldStandStill() {
    float[] before = weights(run(slowly().steps(1).learningRate(1e-30)));
    float[] mixed = weights(run(slowly()));
    float[] full = weights(RecordedRun.of(slowly().build()));
    double distance = 0;
    double moved = 0;
    int still = 0;
    for (int i = 0; i < before.length; i++) {
      distance += square((double) mixed[i] - full[i]);
      moved += square((double) full[i] - before[i]);
      still += bf16(mixed[i]) == bf16(before[i]) ? 1 : 0;
    }
    assertTrue(still > 0.95 * before.length, still + " of " + before.length + " stand still");
    assertTrue(moved > 0);
    double error = Math.sqrt(distance / moved);
    assertTrue(error < 0.25, "off by " + error + " of the way");
  }

  private TrainOptionsBuilder slowly() {
    return golden("llama-biases-head-dim").learningRate(1e-6).warmup(0).weightDecay(0);
  }

  private TrainOptionsBuilder inTiles(String name) {
    return golden(name).tileTokens(OptionalLong.of(TILE_TOKENS));
  }

  private TrainOptionsBuilder golden(String name) {
    return GoldenCase.all().stream()
        .filter(golden -> golden.toString().equals(name))
        .findFirst()
        .orElseThrow()
        .options(folder.resolve("run" + runs++));
  }

  private static RecordedRun run(TrainOptionsBuilder options) {
    return RecordedRun.of(options.precision(ElementType.BF16).build());
  }

  /** All of a run's last checkpoint, one after the other. */
  private static float[] weights(RecordedRun run) {
    List<float[]> tensors = new ArrayList<>();
    int elements = 0;
    try (SafetensorsFile file = SafetensorsFile.open(run.weights());
        Arena arena = Arena.ofConfined()) {
      for (StoredTensor tensor : file.tensors().values()) {
        MemorySegment values = arena.allocate(tensor.sizeBytes(), Float.BYTES);
        file.readFloats(tensor, values);
        tensors.add(values.toArray(ValueLayout.JAVA_FLOAT));
        elements += tensors.getLast().length;
      }
    }
    float[] all = new float[elements];
    int at = 0;
    for (float[] tensor : tensors) {
      System.arraycopy(tensor, 0, all, at, tensor.length);
      at += tensor.length;
    }
    return all;
  }

  private static int bf16(float value) {
    int bits = Float.floatToIntBits(value);
    return bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
  }

  private static double square(double x) {
    return x * x;
  }
}
