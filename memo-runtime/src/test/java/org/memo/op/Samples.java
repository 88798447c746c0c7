package org.memo.op;

import java.util.SplittableRandom;
import java.util.function.DoubleBinaryOperator;

/** Seeded test data, and what turns it into references' input. */
final class Samples {
  private Samples() {}

  /** Normally distributed around zero. */
  static float[] normal(long seed, long count, double deviation) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  static float[] normal(long seed, long count) {
    return normal(seed, count, 1);
  }

  static float[] matrix(long seed, long rows, long cols) {
    return matrix(seed, rows, cols, 1);
  }

  static float[] matrix(long seed, long rows, long cols, double deviation) {
    return normal(seed, rows * cols, deviation);
  }

  /** From 0 to below the bound. */
  static int[] ids(long seed, long count, int bound) {
    return new SplittableRandom(seed).ints(count, 0, bound).toArray();
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  static double[] doubles(long seed, long count) {
    return doubles(normal(seed, count));
  }

  /** Element by element. */
  static double[] combine(double[] a, double[] b, DoubleBinaryOperator operator) {
    double[] results = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      results[i] = operator.applyAsDouble(a[i], b[i]);
    }
    return results;
  }

  static double[] sum(double[] a, double[] b) {
    return combine(a, b, Double::sum);
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
