package org.memo.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
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
 * Copies between slab and pool as swapping does them: activations to the host on the offload
 * stream, back on the prefetch stream. An invocation copies {@code totalMib} each way in pieces of
 * {@code pieceMib}; bytes are counted once, as copied. The limit: as many plain copies at once of
 * ordinary memory.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls prepare first
public abstract class CopyBenchmark {
  @Param("host")
  String device;

  @Param("16")
  int pieceMib;

  @Param("128")
  int totalMib;

  private final boolean toHost;
  private final boolean toDevice;
  private final List<CopyToHost> offloads = new ArrayList<>();
  private final List<CopyToDevice> prefetches = new ArrayList<>();
  private Device opened;
  private Stream offload;
  private Stream prefetch;

  CopyBenchmark(boolean toHost, boolean toDevice) {
    this.toHost = toHost;
    this.toDevice = toDevice;
  }

  @Setup(Level.Trial)
  public void prepare(Rate rate) {
    open();
    double copies = offloads.size() + prefetches.size();
    int copiesAtOnce = toHost && toDevice ? 2 : 1;
    double limit = Machine.of(device).copiedBytesPerSecond(copiesAtOnce);
    rate.setBytes(copies, pieceBytes(), limit);
  }

  @Benchmark
  public void run() {
    offloads.forEach(offload::submit);
    prefetches.forEach(prefetch::submit);
    offload.synchronize();
    prefetch.synchronize();
  }

  @TearDown(Level.Trial)
  public void close() {
    opened.close();
  }

  /** Makes the device and the copies, and copies once to see that the bytes arrive. */
  void open() {
    long oneWayBytes = (long) totalMib << 20;
    opened = Machine.of(device).open(2 * oneWayBytes, 2 * oneWayBytes);
    try {
      offload = opened.createStream("offload");
      prefetch = opened.createStream("prefetch");
      HostRegion pool = opened.pool().allocate("the copies' host side", 2 * oneWayBytes);
      for (long at = 0; at < oneWayBytes; at += pieceBytes()) {
        addPiece(pool, at, oneWayBytes);
      }
      check(new DeviceRegion(0, 2 * oneWayBytes), pool);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** The first half of both memories is for copies to the host, the second for those back. */
  private void addPiece(HostRegion pool, long at, long oneWayBytes) {
    long bytes = pieceBytes();
    if (toHost) {
      offloads.add(new CopyToHost(new DeviceRegion(at, bytes), pool.slice(at, bytes)));
    }
    if (toDevice) {
      long back = oneWayBytes + at;
      prefetches.add(new CopyToDevice(pool.slice(back, bytes), new DeviceRegion(back, bytes)));
    }
  }

  private void check(DeviceRegion slab, HostRegion pool) {
    MemorySegment host = opened.pool().segment(pool);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment content = arena.allocate(slab.sizeBytes());
      fill(content, 1);
      opened.upload(content, slab);
      fill(host, 2);
      run();
      MemorySegment onDevice = arena.allocate(slab.sizeBytes());
      opened.download(slab, onDevice);
      offloads.forEach(copy -> requireEqual("to the host", copy.source(), onDevice, host));
      prefetches.forEach(copy -> requireEqual("to the device", copy.target(), onDevice, host));
    }
  }

  /** A copied piece lies at the same offset in both memories. */
  private static void requireEqual(
      String way, DeviceRegion piece, MemorySegment slab, MemorySegment pool) {
    MemorySegment onDevice = slab.asSlice(piece.offsetBytes(), piece.sizeBytes());
    MemorySegment onHost = pool.asSlice(piece.offsetBytes(), piece.sizeBytes());
    long difference = onDevice.mismatch(onHost);
    if (difference >= 0) {
      throw new WrongAnswerException(
          "a copy %s differs at byte %d of %s".formatted(way, difference, piece));
    }
  }

  /** Every 8 bytes hold another number, so that a piece in the wrong place shows. */
  private static void fill(MemorySegment memory, long seed) {
    for (long i = 0; i < memory.byteSize() / Long.BYTES; i++) {
      memory.setAtIndex(ValueLayout.JAVA_LONG, i, i * 31 + seed);
    }
  }

  private long pieceBytes() {
    return (long) pieceMib << 20;
  }
}
