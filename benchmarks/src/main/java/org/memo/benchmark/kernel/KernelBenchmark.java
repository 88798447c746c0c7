package org.memo.benchmark.kernel;

import java.util.concurrent.TimeUnit;
import org.memo.benchmark.Machine;
import org.memo.benchmark.Rate;
import org.memo.planner.cost.ElementType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A benchmark of one operation. JMH's own score is the time of a whole {@link KernelRun}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls prepare first
public abstract class KernelBenchmark {
  @Param("host")
  String device;

  /** How many MiB the rotated buffers take in all; 0: the same buffers every time. */
  @Param("256")
  int rotationMib;

  private KernelRun run;

  /** Of activations and weights, where the operation has such. */
  ElementType type() {
    return ElementType.F32;
  }

  /** Lays out the buffers and says what is run on them. */
  abstract KernelCase define(Buffers buffers);

  @Setup(Level.Trial)
  public void prepare(Rate rate) {
    open();
    run.describe(rate);
  }

  @Setup(Level.Invocation)
  public void restore() {
    run.restore();
  }

  @Benchmark
  public void run() {
    run.run();
  }

  @TearDown(Level.Trial)
  public void close() {
    run.close();
  }

  /** Makes the device, and checks the operation's answer. */
  void open() {
    run = new KernelRun(Machine.of(device), type(), this::define, (long) rotationMib << 20);
  }
}
