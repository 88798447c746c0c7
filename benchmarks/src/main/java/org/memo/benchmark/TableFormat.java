package org.memo.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/**
 * JMH's output as a table that gains a line whenever a benchmark is done. What the benchmark's JVM
 * says is shown only when it fails.
 */
final class TableFormat implements OutputFormat {
  private final PrintStream out;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private boolean isUnderWay;

  TableFormat(PrintStream out) {
    this.out = out;
  }

  @Override
  public void startRun() {
    out.println(TableRow.header());
  }

  @Override
  public void startBenchmark(BenchmarkParams params) {
    if (isUnderWay) {
      printFailure();
    }
    isUnderWay = true;
    said.reset();
  }

  @Override
  public void endBenchmark(@Nullable BenchmarkResult result) {
    if (result != null) {
      isUnderWay = false;
      said.reset();
      out.println(TableRow.of(result));
    }
  }

  /** Prints what the last benchmark said, unless it succeeded. */
  void printFailure() {
    out.print(said.toString(UTF_8));
    out.flush();
    said.reset();
    isUnderWay = false;
  }

  @Override
  public void print(String text) {
    said.writeBytes(text.getBytes(UTF_8));
  }

  @Override
  public void println(String text) {
    print(text + System.lineSeparator());
  }

  @Override
  public void write(int value) {
    said.write(value);
  }

  @Override
  public void write(byte[] bytes) {
    said.writeBytes(bytes);
  }

  @Override
  public void flush() {
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }

  @Override
  public void iteration(BenchmarkParams params, IterationParams iteration, int number) {}

  @Override
  public void iterationResult(
      BenchmarkParams params, IterationParams iteration, int number, IterationResult result) {}

  @Override
  public void endRun(Collection<RunResult> results) {
    if (isUnderWay) {
      printFailure();
    }
  }

  @Override
  public void verbosePrintln(String text) {}
}
