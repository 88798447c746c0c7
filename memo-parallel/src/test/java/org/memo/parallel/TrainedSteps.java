package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;

/**
 * What some training steps came to.
 *
 * @param losses of each step, mean over the counted targets
 * @param gradientNorms of each step
 * @param parameters in the end, the whole vector, as are the moments; NaN where a rank holds none
 */
record TrainedSteps(
    List<Double> losses,
    List<Double> gradientNorms,
    float[] parameters,
    float[] firstMoment,
    float[] secondMoment) {
  private static final double SCALAR_TOLERANCE = 1e-5;
  private static final double STATE_TOLERANCE = 2e-5;

  /** Of all ranks together. */
  static TrainedSteps merged(List<TrainedSteps> ranks) {
    for (TrainedSteps other : ranks) {
      assertEquals(ranks.getFirst().losses, other.losses);
      assertEquals(ranks.getFirst().gradientNorms, other.gradientNorms);
    }
    return new TrainedSteps(
        ranks.getFirst().losses,
        ranks.getFirst().gradientNorms,
        merged(ranks, TrainedSteps::parameters),
        merged(ranks, TrainedSteps::firstMoment),
        merged(ranks, TrainedSteps::secondMoment));
  }

  private static float[] merged(List<TrainedSteps> ranks, Function<TrainedSteps, float[]> vector) {
    float[] whole = vector.apply(ranks.getFirst()).clone();
    for (TrainedSteps rank : ranks) {
      float[] part = vector.apply(rank);
      for (int i = 0; i < whole.length; i++) {
        if (Float.isNaN(whole[i])) {
          whole[i] = part[i];
        } else if (!Float.isNaN(part[i])) {
          assertEquals(whole[i], part[i], "ranks hold different values of element " + i);
        }
      }
    }
    for (int i = 0; i < whole.length; i++) {
      assertFalse(Float.isNaN(whole[i]), "no rank holds element " + i);
    }
    return whole;
  }

  /** Fails unless another number of ranks came to the same but for rounding. */
  void requireCloseTo(TrainedSteps expected) {
    assertAll(
        () -> requireClose(expected.losses, losses, "loss"),
        () -> requireClose(expected.gradientNorms, gradientNorms, "gradient norm"),
        () -> requireClose(expected.parameters, parameters, "parameters"),
        () -> requireClose(expected.firstMoment, firstMoment, "first moment"),
        () -> requireClose(expected.secondMoment, secondMoment, "second moment"));
  }

  private static void requireClose(List<Double> expected, List<Double> given, String what) {
    assertEquals(expected.size(), given.size());
    for (int i = 0; i < expected.size(); i++) {
      double tolerance = SCALAR_TOLERANCE * Math.abs(expected.get(i));
      assertEquals(expected.get(i), given.get(i), tolerance, what + " of step " + (i + 1));
    }
  }

  private static void requireClose(float[] expected, float[] given, String what) {
    double distance = relativeDistance(given, expected);
    assertTrue(distance <= STATE_TOLERANCE, () -> what + " are apart by " + distance);
  }

  /** The distance of two vectors in L2, over the length of the second. */
  private static double relativeDistance(float[] given, float[] expected) {
    double distance = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = (double) given[i] - expected[i];
      distance += difference * difference;
      length += (double) expected[i] * expected[i];
    }
    return Math.sqrt(distance / length);
  }
}
