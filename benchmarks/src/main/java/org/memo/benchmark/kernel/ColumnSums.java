package org.memo.benchmark.kernel;

/** The gradient of a bias in f64. */
final class ColumnSums {
  private ColumnSums() {}

  /** {@code actual[c] = sum of dy[t, c]} over the rows. */
  static void expect(Buffer actual, Buffer dy, long rows, long cols) {
    for (long c : Answer.samples(cols)) {
      double sum = 0;
      for (long t = 0; t < rows; t++) {
        sum += dy.at(t * cols + c);
      }
      Answer.expect(actual, c, sum, 1e-3);
    }
  }
}
