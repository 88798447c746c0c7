package org.memo.profile.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.device.host.HostDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.Operation;

/**
 * A device with the streams of a training step, and memory to try operations on. Operands are taken
 * from a ring much larger than caches, one after another: an operation does not find its own
 * operands of the time before.
 */
final class Workbench implements AutoCloseable {
  static final long PIECE_BYTES = 16L << 20;
  static final int IDS = 2048;
  static final int LARGEST_ID = 16_384;

  private static final long RING_BYTES = 256L << 20;
  private static final long POOL_BYTES = 64L << 20;
  private static final long ALIGNMENT_BYTES = 128;
  private static final int ROUNDS = 5;
  private static final long ROUNDS_NANOS = 100_000_000;

  private final Device device;
  private final Stream compute;
  private final Stream offload;
  private final Stream prefetch;
  private final DeviceRegion ring = new DeviceRegion(0, RING_BYTES);
  private final DeviceRegion ids = new DeviceRegion(RING_BYTES, IDS * (long) Integer.BYTES);
  private final DeviceRegion offsets =
      new DeviceRegion(ids.offsetBytes() + ids.sizeBytes(), 2 * Long.BYTES);
  private final HostRegion data;
  private final HostRegion target;
  private final int leastRounds;
  private final long enoughNanos;
  private long nextOffset;

  /** A bench whose measurements are worth to be kept. */
  Workbench(int threads) {
    this(threads, ROUNDS, ROUNDS_NANOS);
  }

  /**
   * @param leastRounds of every measurement, and as many more until they have taken {@code
   *     enoughNanos} together
   */
  Workbench(int threads, int leastRounds, long enoughNanos) {
    this.leastRounds = leastRounds;
    this.enoughNanos = enoughNanos;
    device = new HostDevice(offsets.offsetBytes() + offsets.sizeBytes(), 2 * POOL_BYTES, threads);
    compute = device.createStream("compute");
    offload = device.createStream("offload");
    prefetch = device.createStream("prefetch");
    data = device.pool().allocate("data", POOL_BYTES);
    target = device.pool().allocate("target of copies", POOL_BYTES);
    Random random = new Random(1);
    MemorySegment numbers = device.pool().segment(data);
    for (long i = 0; i < POOL_BYTES / Float.BYTES; i++) {
      numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
    }
    device.pool().segment(target).fill((byte) 0);
    device.upload(MemorySegment.ofArray(random.ints(IDS, 0, LARGEST_ID).toArray()), ids);
    refill();
  }

  Stream compute() {
    return compute;
  }

  Stream offload() {
    return offload;
  }

  Stream prefetch() {
    return prefetch;
  }

  /** The next [elements] f32 of the ring: numbers from -1 to 1. */
  DeviceRegion floats(long elements) {
    return next(elements * Float.BYTES);
  }

  DeviceRegion next(long sizeBytes) {
    if (nextOffset + sizeBytes > RING_BYTES) {
      nextOffset = 0;
    }
    DeviceRegion region = ring.slice(nextOffset, sizeBytes);
    nextOffset += (sizeBytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    return region;
  }

  /** [{@value #IDS}] i32, below {@value #LARGEST_ID}: tokens, targets, positions. */
  DeviceRegion ids() {
    return ids;
  }

  /** The offsets of one segment of so many tokens, valid until the next call. */
  DeviceRegion oneSegment(long tokens) {
    device.upload(MemorySegment.ofArray(new long[] {0, tokens}), offsets);
    return offsets;
  }

  /** A piece of the pool that copies to the slab may read. */
  HostRegion source(int index) {
    return data.slice(index * PIECE_BYTES % POOL_BYTES, PIECE_BYTES);
  }

  /** A piece of the pool that copies from the slab may write. */
  HostRegion target(int index) {
    return target.slice(index * PIECE_BYTES % POOL_BYTES, PIECE_BYTES);
  }

  /**
   * The median over some rounds of the seconds that an operation takes on the compute stream, one
   * of {@code count} that are submitted together.
   */
  double seconds(int count, Supplier<Operation> operations) {
    List<Operation> batch = IntStream.range(0, count).mapToObj(i -> operations.get()).toList();
    run(compute, batch);
    List<Double> rounds = new ArrayList<>();
    long nanos = 0;
    while (rounds.size() < leastRounds || nanos < enoughNanos) {
      refill();
      long start = System.nanoTime();
      run(compute, batch);
      long taken = System.nanoTime() - start;
      nanos += taken;
      rounds.add(taken * 1e-9 / count);
    }
    return median(rounds);
  }

  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  @Override
  public void close() {
    device.close();
  }

  private static void run(Stream stream, List<Operation> batch) {
    batch.forEach(stream::submit);
    stream.synchronize();
  }

  /** Writes the ring again: gradients of gradients would fall to numbers slow to compute with. */
  private void refill() {
    for (long offset = 0; offset < RING_BYTES; offset += POOL_BYTES) {
      compute.submit(new CopyToDevice(data, ring.slice(offset, POOL_BYTES)));
    }
    compute.synchronize();
  }
}
