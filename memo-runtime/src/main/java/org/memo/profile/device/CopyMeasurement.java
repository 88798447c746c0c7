package org.memo.profile.device;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.Gemm;
import org.memo.op.Operation;
import org.memo.planner.cost.ElementType;

/**
 * Times copies between the slab and the pool: each way, both at once, and beside matrix products.
 */
final class CopyMeasurement {
  private static final int ROUNDS = 7;
  private static final int PIECES = 8;
  private static final int SMALL_COPIES = 1000;
  private static final long SMALL_BYTES = 128;
  private static final int PRODUCTS = 64;

  /** So many times the work that is timed keeps the others busy. */
  private static final int OUTLAST = 6;

  private final Workbench bench;
  private final ElementType type;
  private final Load toHost;
  private final Load toDevice;
  private final Load products;

  /** Work for a stream. */
  private record Load(Stream stream, List<Operation> batch) {
    static Load of(Stream stream, int count, IntFunction<Operation> operations) {
      return new Load(stream, IntStream.range(0, count).mapToObj(operations).toList());
    }

    void submit() {
      batch.forEach(stream::submit);
    }
  }

  /**
   * What came out, in bytes per second and seconds.
   *
   * @param bothFraction what each direction keeps of its rate while the other one copies
   * @param latencySeconds of a copy of few bytes
   * @param besideProducts what copies both ways keep of their rate beside matrix products
   * @param productsBeside what matrix products keep of theirs beside copies both ways
   */
  record Rates(
      double toHost,
      double toDevice,
      double bothFraction,
      double latencySeconds,
      double besideProducts,
      double productsBeside) {}

  private CopyMeasurement(Workbench bench, ElementType type) {
    this.bench = bench;
    this.type = type;
    toHost = Load.of(bench.offload(), PIECES, i -> new CopyToHost(piece(), bench.target(i)));
    toDevice = Load.of(bench.prefetch(), PIECES, i -> new CopyToDevice(bench.source(i), piece()));
    products = Load.of(bench.compute(), PRODUCTS, i -> product());
  }

  static Rates measure(Workbench bench, ElementType type) {
    return new CopyMeasurement(bench, type).measure();
  }

  private Rates measure() {
    double bytes = PIECES * (double) Workbench.PIECE_BYTES;
    double outSeconds = seconds(toHost, List.of());
    double inSeconds = seconds(toDevice, List.of());
    double productSeconds = seconds(products, List.of());
    double outBoth = seconds(toHost, List.of(toDevice));
    double inBoth = seconds(toDevice, List.of(toHost));
    double outBeside = seconds(toHost, List.of(toDevice, products));
    Load small =
        Load.of(
            bench.offload(),
            SMALL_COPIES,
            i -> new CopyToHost(bench.next(SMALL_BYTES), bench.target(0).slice(0, SMALL_BYTES)));
    return new Rates(
        bytes / outSeconds,
        bytes / inSeconds,
        Math.clamp((outSeconds / outBoth + inSeconds / inBoth) / 2, 0.5, 1),
        seconds(small, List.of()) / SMALL_COPIES,
        Math.min(1, outBoth / outBeside),
        Math.min(1, productSeconds / seconds(products, List.of(toHost, toDevice))));
  }

  /** The median over some rounds of the seconds of some work while others are kept busy. */
  private static double seconds(Load timed, List<Load> others) {
    List<Double> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < OUTLAST; i++) {
        others.forEach(Load::submit);
      }
      long start = System.nanoTime();
      timed.submit();
      timed.stream().synchronize();
      rounds.add((System.nanoTime() - start) * 1e-9);
      others.forEach(other -> other.stream().synchronize());
    }
    return Workbench.median(rounds);
  }

  private DeviceRegion piece() {
    return bench.next(Workbench.PIECE_BYTES);
  }

  private Gemm product() {
    long size = bench.sizes().besideSize();
    long elements = size * size;
    return new Gemm(
        bench.elements(type, elements),
        false,
        bench.elements(type, elements),
        false,
        bench.elements(type, elements),
        false,
        size,
        size,
        size,
        type,
        type);
  }
}
