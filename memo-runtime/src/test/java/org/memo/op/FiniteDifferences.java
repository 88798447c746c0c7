package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Function;

/** Checks a reference's gradient against central differences of its forward pass. */
final class FiniteDifferences {
  /** Near the cube root of f64's precision, where truncation and rounding weigh the same. */
  private static final double STEP = 1e-5;

  private FiniteDifferences() {}

  /**
   * @param gradient of {@code dot(dy, forward(at))}
   */
  static void check(
      Function<double[], double[]> forward, double[] at, double[] dy, double[] gradient) {
    assertEquals(at.length, gradient.length);
    double[] x = at.clone();
    for (int i = 0; i < x.length; i++) {
      x[i] = at[i] + STEP;
      double above = Samples.dot(dy, forward.apply(x));
      x[i] = at[i] - STEP;
      double below = Samples.dot(dy, forward.apply(x));
      x[i] = at[i];
      double slope = (above - below) / (2 * STEP);
      assertEquals(slope, gradient[i], 1e-8 + 1e-7 * Math.abs(slope), "gradient " + i);
    }
  }
}
