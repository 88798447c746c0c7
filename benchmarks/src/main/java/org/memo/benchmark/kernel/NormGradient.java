package org.memo.benchmark.kernel;

/**
 * The gradient of a norm in f64: {@code dx = inverse (g - mean(g) - xhat mean(g xhat))} with {@code
 * g = dy weight}, where RMSNorm has no mean(g); and the sums over rows for weight and bias.
 */
final class NormGradient {
  private final Buffer x;
  private final Buffer weight;
  private final Buffer dy;
  private final long cols;
  private final boolean hasMean;

  NormGradient(Buffer x, Buffer weight, Buffer dy, long cols, boolean hasMean) {
    this.x = x;
    this.weight = weight;
    this.dy = dy;
    this.cols = cols;
    this.hasMean = hasMean;
  }

  /** The row's gradient is added to dx, which was zero. */
  void expectRow(Buffer dx, long row) {
    RowStatistics statistics = statistics(row);
    double sum = 0;
    double projection = 0;
    for (long c = 0; c < cols; c++) {
      double g = dy.at(row * cols + c) * weight.at(c);
      sum += hasMean ? g : 0;
      projection += g * statistics.normalized(x.at(row * cols + c));
    }
    for (long c = 0; c < cols; c++) {
      long i = row * cols + c;
      double g = dy.at(i) * weight.at(c);
      double along = statistics.normalized(x.at(i)) * projection / cols;
      Answer.expect(dx, i, statistics.inverse() * (g - sum / cols - along), 1e-4);
    }
  }

  /** {@code dweight[c] = sum of dy xhat} over the rows. */
  void expectWeight(Buffer dweight, long rows) {
    double[] sums = new double[Math.toIntExact(cols)];
    for (long t = 0; t < rows; t++) {
      RowStatistics statistics = statistics(t);
      for (int c = 0; c < cols; c++) {
        sums[c] += dy.at(t * cols + c) * statistics.normalized(x.at(t * cols + c));
      }
    }
    for (int c = 0; c < cols; c++) {
      Answer.expect(dweight, c, sums[c], 1e-3);
    }
  }

  private RowStatistics statistics(long row) {
    return hasMean ? RowStatistics.of(x, row, cols) : RowStatistics.ofSquares(x, row, cols);
  }
}
