package org.memo.op;

/** The activations of one element in double precision. */
final class ReferenceActivations {
  private static final double ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private ReferenceActivations() {}

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static double silu(double x) {
    return x * sigmoid(x);
  }

  static double siluSlope(double x) {
    return sigmoid(x) * (1 + x * sigmoid(-x));
  }

  /**
   * {@code 0.5 x (1 + tanh(inner))}; the sigmoid of twice the inner is the same and does not cancel
   * for an x far below zero.
   */
  static double gelu(double x) {
    return x * sigmoid(2 * inner(x));
  }

  static double geluSlope(double x) {
    double s = sigmoid(2 * inner(x));
    double innerSlope = ROOT_TWO_OVER_PI * (1 + 3 * CUBIC * x * x);
    return s + 2 * x * s * sigmoid(-2 * inner(x)) * innerSlope;
  }

  static double inner(double x) {
    return ROOT_TWO_OVER_PI * (x + CUBIC * x * x * x);
  }
}
