package org.memo.benchmark;

import java.util.concurrent.TimeUnit;
import org.memo.bindings.kernels.Kernels;
import org.memo.bindings.kernels.VersionCalls;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a call of a native function costs that does next to nothing. The limit: a call of a Java
 * method that is not inlined.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class DowncallBenchmark {
  @Setup(Level.Trial)
  public void prepare(Rate rate) {
    check();
    rate.setCalls(JavaCalls.perSecond());
  }

  /** The thread goes from Java to native and back, as in every call that may block. */
  @Benchmark
  public int plain() {
    return VersionCalls.plain();
  }

  /** Without the change of state: only for calls that never block. */
  @Benchmark
  public int critical() {
    return VersionCalls.critical();
  }

  /** All kinds must return the library's version. */
  void check() {
    int version = Kernels.version();
    if (version < 1 || VersionCalls.plain() != version || VersionCalls.critical() != version) {
      throw new WrongAnswerException(
          "version %d, by a plain call %d, by a critical call %d"
              .formatted(version, VersionCalls.plain(), VersionCalls.critical()));
    }
  }
}
