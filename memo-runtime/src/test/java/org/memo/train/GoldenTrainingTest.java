package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Five steps must be those that Hugging Face transformers makes. */
final class GoldenTrainingTest {
  private static final double LOSS_TOLERANCE = 2e-5;
  private static final double WEIGHT_TOLERANCE = 2e-5;

  /** A norm's own rounding noise reaches 1e-6 in these cases. */
  private static final double NORM_TOLERANCE = 1e-4;

  @TempDir private Path folder;

  static List<GoldenCase> cases() {
    return GoldenCase.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainingAsPlannedEqualsTransformers(GoldenCase golden) throws IOException {
    trainAndCompare(golden, golden.options(folder.resolve("run")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void recomputingEveryTokenInTilesOfSevenEqualsTransformers(GoldenCase golden) throws IOException {
    trainAndCompare(golden, swapping(golden, folder, 0, 7));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void swappingHalfOfTheTokensEqualsTransformers(GoldenCase golden) throws IOException {
    trainAndCompare(golden, swapping(golden, folder, 0.5, 16));
  }

  /** Options that swap a share of the tokens and keep no layer resident. */
  static TrainOptionsBuilder swapping(
      GoldenCase golden, Path folder, double alpha, long tileTokens) {
    return golden
        .options(folder.resolve("run"))
        .alpha(OptionalDouble.of(alpha))
        .tileTokens(OptionalLong.of(tileTokens))
        .residency(Residency.NONE);
  }

  static void trainAndCompare(GoldenCase golden, TrainOptionsBuilder options) throws IOException {
    RecordedRun run = RecordedRun.of(options.build());
    WeightError error = WeightError.of(run.weights(), golden.finalWeights());
    assertAll(
        equalInEachStep(golden, "lr", run, StepMetrics::learningRate, 1e-12),
        equalInEachStep(golden, "loss", run, StepMetrics::loss, LOSS_TOLERANCE),
        equalInEachStep(golden, "grad_norm", run, StepMetrics::gradNorm, NORM_TOLERANCE),
        () -> assertTrue(error.relativeL2() <= WEIGHT_TOLERANCE, error::toString));
  }

  private static Executable equalInEachStep(
      GoldenCase golden,
      String name,
      RecordedRun run,
      ToDoubleFunction<StepMetrics> measured,
      double relativeTolerance) {
    double[] expected = golden.expected(name);
    return () -> {
      assertEquals(expected.length, run.steps().size());
      for (int i = 0; i < expected.length; i++) {
        double tolerance = relativeTolerance * Math.abs(expected[i]);
        double given = measured.applyAsDouble(run.steps().get(i));
        assertEquals(expected[i], given, tolerance, name + " of step " + (i + 1));
      }
    };
  }
}
