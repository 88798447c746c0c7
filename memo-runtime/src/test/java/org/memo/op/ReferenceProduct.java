package org.memo.op;

/** A matrix product in double precision. */
final class ReferenceProduct {
  private ReferenceProduct() {}

  /** op(a) op(b) [m, n]; a is [m, k], or [k, m] where transposed, b is [k, n], or [n, k]. */
  static double[] multiply(
      double[] a, boolean transposeA, double[] b, boolean transposeB, int m, int n, int k) {
    double[] c = new double[m * n];
    for (int row = 0; row < m; row++) {
      for (int col = 0; col < n; col++) {
        double sum = 0;
        for (int i = 0; i < k; i++) {
          double left = transposeA ? a[i * m + row] : a[row * k + i];
          double right = transposeB ? b[col * k + i] : b[i * n + col];
          sum += left * right;
        }
        c[row * n + col] = sum;
      }
    }
    return c;
  }
}
