package org.memo.benchmark;

import java.util.concurrent.TimeUnit;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.op.Operation;
import org.memo.op.ResidualAdd;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a stream costs the thread that drives it: on a GPU a call of the driver and what Memo adds
 * to it. The limit: a call of a Java method that is not inlined.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls prepare first
public class StreamCallBenchmark {
  private static final int SUBMITTED = 256;
  private static final long ELEMENTS = 32;
  private static final long BYTES = ELEMENTS * Float.BYTES;

  @Param("host")
  String device;

  private Device opened;
  private Stream stream;
  private Event event;
  private Operation small;

  @Setup(Level.Trial)
  public void prepare(Rate rate) {
    open();
    rate.setCalls(JavaCalls.perSecond());
  }

  /** An operation on a few numbers: a kernel's launch. The last of many is waited for. */
  @Benchmark
  @OperationsPerInvocation(SUBMITTED)
  public void submit() {
    for (int i = 0; i < SUBMITTED; i++) {
      stream.submit(small);
    }
    stream.synchronize();
  }

  /** An event of a stream that has nothing to do. */
  @Benchmark
  public void record() {
    stream.record(event);
  }

  /** A stream that has nothing to do. */
  @Benchmark
  public void synchronizeIdle() {
    stream.synchronize();
  }

  @TearDown(Level.Trial)
  public void close() {
    opened.close();
  }

  void open() {
    opened = Machine.of(device).open(2 * BYTES, 0);
    stream = opened.createStream("calls");
    event = opened.createEvent("calls");
    DeviceRegion y = new DeviceRegion(0, BYTES);
    small = new ResidualAdd(y, new DeviceRegion(BYTES, BYTES), ELEMENTS);
  }
}
