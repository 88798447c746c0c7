package org.memo.benchmark.kernel;

/**
 * What a norm knows of a row, in f64.
 *
 * @param mean zero where the norm does not subtract it
 * @param inverse of the square root of variance and epsilon
 */
record RowStatistics(double mean, double inverse) {
  /** For RMSNorm: of the squares themselves. */
  static RowStatistics ofSquares(Buffer x, long row, long cols) {
    return around(0, x, row, cols);
  }

  /** For LayerNorm: of the squares around the mean. */
  static RowStatistics of(Buffer x, long row, long cols) {
    double sum = 0;
    for (long c = 0; c < cols; c++) {
      sum += x.at(row * cols + c);
    }
    return around(sum / cols, x, row, cols);
  }

  private static RowStatistics around(double mean, Buffer x, long row, long cols) {
    double squares = 0;
    for (long c = 0; c < cols; c++) {
      double difference = x.at(row * cols + c) - mean;
      squares += difference * difference;
    }
    return new RowStatistics(mean, 1 / Math.sqrt(squares / cols + ModelShape.EPSILON));
  }

  /** An element after the norm and before its weight. */
  double normalized(double x) {
    return (x - mean) * inverse;
  }
}
