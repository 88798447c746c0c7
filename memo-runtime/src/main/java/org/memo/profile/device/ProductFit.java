package org.memo.profile.device;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The rate of matrix products as the cost model sees it: a product costs as if it had {@code
 * halfRateOutput} more outputs and {@code halfRateDepth} more terms in each.
 *
 * @param flopsPerSecond of products so large that neither matters
 * @param typicalError of a sample's predicted time: the root mean square of the logarithm of
 *     predicted / measured
 */
record ProductFit(
    double flopsPerSecond, double halfRateOutput, double halfRateDepth, double typicalError) {
  private static final int STEPS_PER_DECADE = 8;
  private static final int OUTPUT_DECADES = 6;
  private static final int DEPTH_DECADES = 3;

  private static final double LEAST_WORK = 0.1;

  /** The fit with the least error, on a grid. */
  static ProductFit of(List<ProductSample> samples, double launchSeconds) {
    ProductFit best = with(samples, launchSeconds, 1, 1);
    for (double output : grid(OUTPUT_DECADES)) {
      for (double depth : grid(DEPTH_DECADES)) {
        ProductFit fit = with(samples, launchSeconds, output, depth);
        best = fit.typicalError < best.typicalError ? fit : best;
      }
    }
    return best;
  }

  private static ProductFit with(
      List<ProductSample> samples, double launchSeconds, double output, double depth) {
    double[] logRates =
        samples.stream()
            .mapToDouble(sample ->
                Math.log(cost(sample, output, depth) / workSeconds(sample, launchSeconds)))
            .toArray();
    double mean = DoubleStream.of(logRates).average().orElseThrow();
    double variance =
        DoubleStream.of(logRates)
            .map(rate -> (rate - mean) * (rate - mean))
            .average()
            .orElseThrow();
    return new ProductFit(Math.exp(mean), output, depth, Math.sqrt(variance));
  }

  /** Without the launch, as far as that can be told of a product that takes little more. */
  private static double workSeconds(ProductSample sample, double launchSeconds) {
    return Math.max(sample.seconds() - launchSeconds, LEAST_WORK * sample.seconds());
  }

  private static double cost(ProductSample sample, double output, double depth) {
    return sample.flops() * (1 + output / sample.outputs()) * (1 + depth / sample.k());
  }

  private static double[] grid(int decades) {
    return IntStream.rangeClosed(0, decades * STEPS_PER_DECADE)
        .mapToDouble(i -> Math.pow(10, (double) i / STEPS_PER_DECADE))
        .toArray();
  }
}
