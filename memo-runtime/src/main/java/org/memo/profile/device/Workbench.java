package org.memo.profile.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.memo.device.Device;
import org.memo.device.DeviceFactory;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.Operation;
import org.memo.planner.cost.ElementType;
import org.memo.profile.RandomNumbers;

/**
 * A device with the streams of a training step, and memory to try operations on. Operands are taken
 * from a ring much larger than caches, one after another: an operation does not find its own
 * operands of the time before.
 */
final class Workbench implements AutoCloseable {
  static final long PIECE_BYTES = 16L << 20;

  private static final long POOL_BYTES = 64L << 20;
  private static final long ALIGNMENT_BYTES = 128;

  private final BenchSizes sizes;
  private final Device device;
  private final Stream compute;
  private final Stream offload;
  private final Stream prefetch;
  private final DeviceRegion ring;
  private final DeviceRegion ids;
  private final DeviceRegion offsets;
  private final HostRegion data;
  private final HostRegion target;
  private long nextOffset;

  Workbench(DeviceFactory devices, BenchSizes sizes) {
    this.sizes = sizes;
    ring = new DeviceRegion(0, sizes.ringBytes());
    ids = new DeviceRegion(ring.sizeBytes(), sizes.rows() * Integer.BYTES);
    offsets = new DeviceRegion(aligned(ids.offsetBytes() + ids.sizeBytes()), 2 * Long.BYTES);
    device = devices.open(offsets.offsetBytes() + offsets.sizeBytes(), 2 * POOL_BYTES);
    try {
      compute = device.createStream("compute");
      offload = device.createStream("offload");
      prefetch = device.createStream("prefetch");
      data = device.pool().allocate("data", POOL_BYTES);
      target = device.pool().allocate("target of copies", POOL_BYTES);
      Random random = new Random(1);
      RandomNumbers.fill(device.pool().segment(data), random);
      device.pool().segment(target).fill((byte) 0);
      int[] drawn = random.ints(sizes.rows(), 0, Math.toIntExact(sizes.vocab())).toArray();
      device.upload(MemorySegment.ofArray(drawn), ids);
      refill();
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  BenchSizes sizes() {
    return sizes;
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

  /** The next [elements] of the ring: numbers from -1 to 1. */
  DeviceRegion elements(ElementType type, long elements) {
    return next(elements * type.bytes());
  }

  DeviceRegion next(long sizeBytes) {
    if (nextOffset + sizeBytes > ring.sizeBytes()) {
      nextOffset = 0;
    }
    DeviceRegion region = ring.slice(nextOffset, sizeBytes);
    nextOffset = aligned(nextOffset + sizeBytes);
    return region;
  }

  /** [rows] i32 below the vocabulary: tokens, targets, positions. */
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
    while (rounds.size() < sizes.leastRounds() || nanos < sizes.enoughNanos()) {
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
    DeviceRegion first = ring.slice(0, Math.min(POOL_BYTES, ring.sizeBytes()));
    compute.submit(new CopyToDevice(data.slice(0, first.sizeBytes()), first));
    for (long at = first.sizeBytes(); at < ring.sizeBytes(); at += first.sizeBytes()) {
      long bytes = Math.min(first.sizeBytes(), ring.sizeBytes() - at);
      compute.submit(new CopyOnDevice(first.slice(0, bytes), ring.slice(at, bytes)));
    }
    compute.synchronize();
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
  }
}
