package org.memo.benchmark;

import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.Result;

/**
 * A line of the table: one benchmark with one set of parameters.
 *
 * @param secondsPerOperation the mean
 * @param spread the largest iteration's time divided by the smallest's
 * @param rate per second, in the unit's base
 * @param limit the most that the machine was measured to do, in the same unit
 */
record TableRow(
    String name,
    String parameters,
    double secondsPerOperation,
    double spread,
    RateUnit unit,
    double rate,
    double limit) {
  private static final String FORMAT = "%-24s %10s %7s %16s %16s %6s  %s";

  static TableRow of(BenchmarkResult result) {
    BenchmarkParams params = result.getParams();
    Result<?> time = result.getPrimaryResult();
    double seconds =
        time.getScore() * params.getTimeUnit().toNanos(1) * 1e-9 / value(result, "operations");
    double bytes = value(result, "bytes");
    double flops = value(result, "flops");
    RateUnit unit = bytes > 0 ? RateUnit.BYTES : flops > 0 ? RateUnit.FLOPS : RateUnit.CALLS;
    double work = unit == RateUnit.CALLS ? 1 : bytes + flops;
    return new TableRow(
        name(params.getBenchmark()),
        parameters(params),
        seconds,
        time.getStatistics().getMax() / time.getStatistics().getMin(),
        unit,
        work / seconds,
        value(result, "limit"));
  }

  static String header() {
    return FORMAT.formatted(
        "benchmark", "time", "max/min", "rate", "limit here", "share", "parameters");
  }

  /** The share of the limit that was reached. */
  double share() {
    return rate / limit;
  }

  @Override
  public String toString() {
    return FORMAT.formatted(
        name,
        time(secondsPerOperation),
        String.format(Locale.ROOT, "%.2f", spread),
        unit.format(rate),
        unit.format(limit),
        String.format(Locale.ROOT, "%.0f %%", 100 * share()),
        parameters);
  }

  /**
   * {@code org.memo.benchmark.kernel.GemmBenchmark.run} is Gemm, DowncallBenchmark.plain
   * Downcall.plain.
   */
  static String name(String benchmark) {
    String[] parts = benchmark.split("\\.", -1);
    String method = parts[parts.length - 1];
    String type = parts[parts.length - 2].replaceFirst("Benchmark$", "");
    return method.equals("run") ? type : type + "." + method;
  }

  private static String parameters(BenchmarkParams params) {
    return params.getParamsKeys().stream()
        .map(key -> key + "=" + params.getParam(key))
        .collect(Collectors.joining(" "));
  }

  private static String time(double seconds) {
    if (seconds < 1e-6) {
      return String.format(Locale.ROOT, "%.2f ns", seconds * 1e9);
    }
    return seconds < 1e-3
        ? String.format(Locale.ROOT, "%.1f us", seconds * 1e6)
        : String.format(Locale.ROOT, "%.2f ms", seconds * 1e3);
  }

  /** JMH sums such results over iterations; all of them carry the same value. */
  private static double value(BenchmarkResult result, String counter) {
    Result<?> counted = result.getSecondaryResults().get(counter);
    if (counted == null) {
      throw new IllegalStateException(
          "%s does not report %s".formatted(result.getParams().getBenchmark(), counter));
    }
    return counted.getStatistics().getMean();
  }
}
