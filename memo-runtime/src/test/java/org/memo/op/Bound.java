package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

/** How far a result may be from its reference: {@code tolerance + epsilon * abs(reference)}. */
record Bound(double tolerance, double epsilon) {

  /**
   * For results that are sums of terms of either sign: {@code epsilon} of the largest reference,
   * and of the reference itself.
   */
  static Bound ofLargest(double epsilon, double[] expected) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    return new Bound(epsilon * largest, epsilon);
  }

  /** The same and one rounding, of a relative error. */
  Bound roundedBy(double error) {
    return new Bound(tolerance * (1 + error), epsilon + error * (1 + epsilon));
  }

  void check(String what, double[] expected, float[] actual) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      check(what, i, expected[i], actual[i]);
    }
  }

  void check(String what, double expected, double actual) {
    check(what, 0, expected, actual);
  }

  private void check(String what, int index, double expected, double actual) {
    double allowed = tolerance + epsilon * Math.abs(expected);
    boolean close = Math.abs(expected - actual) <= allowed;
    assertTrue(
        close,
        () ->
            "%s[%d]: expected %s, was %s, off by %.3g where %.3g is allowed"
                .formatted(what, index, expected, actual, Math.abs(expected - actual), allowed));
  }
}
