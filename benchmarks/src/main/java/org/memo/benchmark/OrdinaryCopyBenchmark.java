package org.memo.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
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

/**
 * Copies between the slab and ordinary memory that is not pinned: why swapping goes through the
 * pool. One copy at a time, which is waited for.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls prepare first
public class OrdinaryCopyBenchmark {
  @Param("host")
  String device;

  @Param("16")
  int pieceMib;

  private Device opened;
  private Arena arena;
  private MemorySegment memory;
  private DeviceRegion region;

  @Setup(Level.Trial)
  public void prepare(Rate rate) {
    open();
    rate.setBytes(1, memory.byteSize(), Machine.of(device).copiedBytesPerSecond(1));
  }

  @Benchmark
  public void toHost() {
    opened.download(region, memory);
  }

  @Benchmark
  public void toDevice() {
    opened.upload(memory, region);
  }

  @TearDown(Level.Trial)
  public void close() {
    opened.close();
    arena.close();
  }

  /** Opens the device and sees that what goes there comes back. */
  void open() {
    long bytes = (long) pieceMib << 20;
    opened = Machine.of(device).open(bytes, 0);
    arena = Arena.ofShared();
    memory = arena.allocate(bytes, Long.BYTES);
    region = new DeviceRegion(0, bytes);
    for (long i = 0; i < bytes / Long.BYTES; i++) {
      memory.setAtIndex(ValueLayout.JAVA_LONG, i, i * 31 + 1);
    }
    toDevice();
    memory.fill((byte) 0);
    toHost();
    long last = bytes / Long.BYTES - 1;
    long found = memory.getAtIndex(ValueLayout.JAVA_LONG, last);
    if (found != last * 31 + 1) {
      throw new WrongAnswerException("the last 8 bytes came back as " + found);
    }
  }
}
