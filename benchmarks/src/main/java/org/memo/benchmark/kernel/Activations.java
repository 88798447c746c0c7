package org.memo.benchmark.kernel;

/** Activation functions and their derivatives in f64. */
final class Activations {
  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBE = 0.044715;

  private Activations() {}

  static double silu(double x) {
    return x * sigmoid(x);
  }

  static double siluSlope(double x) {
    double sigmoid = sigmoid(x);
    return sigmoid * (1 + x * (1 - sigmoid));
  }

  static double gelu(double x) {
    return 0.5 * x * (1 + geluTanh(x));
  }

  static double geluSlope(double x) {
    double tanh = geluTanh(x);
    double innerSlope = GELU_SCALE * (1 + 3 * GELU_CUBE * x * x);
    return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * innerSlope;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double geluTanh(double x) {
    return Math.tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x));
  }
}
