package org.memo.profile.device;

import static java.util.stream.Collectors.groupingBy;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The rates of attention as the cost model sees them: at {@code halfRateLength} half of the rate of
 * long sequences is reached.
 *
 * @param byHeadSize rates of long sequences
 * @param typicalError of a sample's predicted time: the root mean square of the logarithm of
 *     predicted / measured
 */
record AttentionFit(
    double halfRateLength, SortedMap<Integer, Rates> byHeadSize, double typicalError) {
  private static final int STEPS_PER_DECADE = 16;
  private static final int DECADES = 4;

  /** In FLOP/s. */
  record Rates(double forward, double backward) {}

  /** The fit with the least error, on a grid. */
  static AttentionFit of(List<AttentionSample> samples) {
    return IntStream.rangeClosed(0, DECADES * STEPS_PER_DECADE)
        .mapToObj(i -> with(samples, Math.pow(10, (double) i / STEPS_PER_DECADE)))
        .min((a, b) -> Double.compare(a.typicalError, b.typicalError))
        .orElseThrow();
  }

  private static AttentionFit with(List<AttentionSample> samples, double halfRateLength) {
    Map<Integer, List<AttentionSample>> bySize =
        samples.stream().collect(groupingBy(AttentionSample::headSize));
    SortedMap<Integer, Rates> rates = new TreeMap<>();
    double squares = 0;
    for (Map.Entry<Integer, List<AttentionSample>> entry : bySize.entrySet()) {
      List<AttentionSample> ofSize = entry.getValue();
      double forward = longRate(ofSize, AttentionSample::forwardRate, halfRateLength);
      double backward = longRate(ofSize, AttentionSample::backwardRate, halfRateLength);
      rates.put(entry.getKey(), new Rates(forward, backward));
      for (AttentionSample sample : ofSize) {
        double share = share(sample, halfRateLength);
        squares += square(Math.log(forward * share / sample.forwardRate()));
        squares += square(Math.log(backward * share / sample.backwardRate()));
      }
    }
    return new AttentionFit(halfRateLength, rates, Math.sqrt(squares / (2 * samples.size())));
  }

  /** The geometric mean of what each sample says. */
  private static double longRate(
      List<AttentionSample> samples,
      ToDoubleFunction<AttentionSample> rate,
      double halfRateLength) {
    return Math.exp(
        samples.stream()
            .mapToDouble(
                sample -> Math.log(rate.applyAsDouble(sample) / share(sample, halfRateLength)))
            .average()
            .orElseThrow());
  }

  private static double share(AttentionSample sample, double halfRateLength) {
    return sample.length() / (sample.length() + halfRateLength);
  }

  private static double square(double value) {
    return value * value;
  }
}
