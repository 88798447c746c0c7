package org.memo.profile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.memo.device.Device;
import org.memo.device.DeviceFactory;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.CopyOnDevice;
import org.memo.op.Gemm;
import org.memo.planner.cost.ElementType;

/**
 * The matrix products that a device was measured to do: the limit that MFU is a share of.
 *
 * @param size of the square matrices
 */
public record MatrixPeak(long size, double flopsPerSecond) {
  private static final long SMALLEST_SIZE = 1024;
  private static final long LARGEST_SIZE = 16_384;

  /** A shorter product measures what it takes to hand it to a stream, not the product. */
  private static final double LONG_ENOUGH_SECONDS = 1e-3;

  /** A process starts slowly: pages, compiled products, clocks, the team of threads. */
  private static final int RUNS_WITHOUT_A_BETTER = 12;

  private static final long MOST_NANOS = 3_000_000_000L;

  /**
   * Measures products of 1024 x 1024 x 1024, or so large that one takes a millisecond: the best
   * until no better comes.
   *
   * @param type of the matrices; sums are f32
   */
  public static MatrixPeak of(DeviceFactory devices, ElementType type) {
    MatrixPeak peak = measure(devices, type, SMALLEST_SIZE);
    while (peak.seconds() < LONG_ENOUGH_SECONDS && peak.size < LARGEST_SIZE) {
      peak = measure(devices, type, 2 * peak.size);
    }
    return peak;
  }

  private static MatrixPeak measure(DeviceFactory devices, ElementType type, long size) {
    long bytes = size * size * type.bytes();
    try (Device device = devices.open(3 * bytes, 0)) {
      DeviceRegion all = new DeviceRegion(0, 3 * bytes);
      DeviceRegion a = all.slice(0, bytes);
      DeviceRegion b = all.slice(bytes, bytes);
      DeviceRegion c = all.slice(2 * bytes, bytes);
      Gemm product = new Gemm(a, false, b, false, c, false, size, size, size, type, type);
      Stream stream = device.createStream("peak");
      fill(device, stream, all);
      return new MatrixPeak(size, best(stream, product));
    }
  }

  /** Not zeros: some processors multiply these faster than numbers. */
  private static void fill(Device device, Stream stream, DeviceRegion all) {
    long piece = Math.min(all.sizeBytes(), SMALLEST_SIZE * SMALLEST_SIZE * Short.BYTES);
    DeviceRegion first = all.slice(0, piece);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment numbers = arena.allocate(piece, Float.BYTES);
      RandomNumbers.fill(numbers, new Random(1));
      device.upload(numbers, first);
    }
    for (long offset = piece; offset < all.sizeBytes(); offset += piece) {
      long bytes = Math.min(piece, all.sizeBytes() - offset);
      stream.submit(new CopyOnDevice(first.slice(0, bytes), all.slice(offset, bytes)));
    }
  }

  private static double best(Stream stream, Gemm product) {
    double best = 0;
    long end = System.nanoTime() + MOST_NANOS;
    for (int since = 0; since < RUNS_WITHOUT_A_BETTER; since++) {
      if (best > 0 && System.nanoTime() > end) {
        break;
      }
      stream.synchronize();
      long start = System.nanoTime();
      stream.submit(product);
      stream.synchronize();
      double rate = product.flops() / ((System.nanoTime() - start) * 1e-9);
      if (rate > best) {
        best = rate;
        since = 0;
      }
    }
    return best;
  }

  private double seconds() {
    return 2.0 * size * size * size / flopsPerSecond;
  }
}
