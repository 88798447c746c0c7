package org.memo.benchmark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.machine.LocalDevice;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.Operation;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;
import org.memo.profile.MatrixPeak;

/** A GPU. Its limits are measured when they are first asked for. */
final class GpuMachine implements Machine {
  private static final long COPIED_BYTES = 1L << 30;
  private static final long LINK_BYTES = 256L << 20;
  private static final long MOST_SLAB_BYTES = 16L << 30;
  private static final double FLOPS_PER_RUN = 4e12;
  private static final int RUNS = 6;
  private static final int COPIES_PER_RUN = 4;

  private final LocalDevice gpu;
  private final Map<String, Double> limits = new ConcurrentHashMap<>();

  GpuMachine(LocalDevice gpu) {
    this.gpu = gpu;
  }

  @Override
  public Device open(long slabBytes, long poolBytes) {
    return gpu.open(slabBytes, poolBytes);
  }

  /** Of large copies within the GPU's memory, bytes read and written. */
  @Override
  public double memoryBytesPerSecond() {
    return limits.computeIfAbsent("memory", key -> measure(this::memoryRate, 2 * copiedBytes(), 0));
  }

  /** Large pinned copies to the GPU; those of the other direction at the same rate at once. */
  @Override
  public double copiedBytesPerSecond(int copiesAtOnce) {
    double oneWay =
        limits.computeIfAbsent("link", key -> measure(this::linkRate, LINK_BYTES, LINK_BYTES));
    return copiesAtOnce * oneWay;
  }

  @Override
  public double productFlopsPerSecond(ElementType type) {
    return limits.computeIfAbsent(
        type.name(), key -> MatrixPeak.of(this::open, type).flopsPerSecond());
  }

  @Override
  public long mostSlabBytes() {
    return Math.min(MOST_SLAB_BYTES, gpu.defaultDeviceBytes() / 2);
  }

  @Override
  public double productFlopsPerRun() {
    return FLOPS_PER_RUN;
  }

  private double measure(ToDoubleFunction<Device> rate, long slabBytes, long poolBytes) {
    try (Device device = open(slabBytes, poolBytes)) {
      return rate.applyAsDouble(device);
    }
  }

  private double memoryRate(Device device) {
    long bytes = copiedBytes();
    DeviceRegion source = new DeviceRegion(0, bytes);
    DeviceRegion target = new DeviceRegion(bytes, bytes);
    return 2 * best(device, bytes, i -> new CopyOnDevice(source, target));
  }

  private long copiedBytes() {
    return Math.min(COPIED_BYTES, mostSlabBytes() / 2);
  }

  private double linkRate(Device device) {
    DeviceRegion target = new DeviceRegion(0, LINK_BYTES);
    HostRegion source = device.pool().allocate("source", LINK_BYTES);
    device.pool().segment(source).fill((byte) 1);
    return best(device, LINK_BYTES, i -> new CopyToDevice(source, target));
  }

  /** Copied bytes per second in the best of a few runs. */
  private static double best(Device device, long bytes, IntFunction<Operation> copies) {
    Stream stream = device.createStream("limit");
    stream.submit(new ZeroFill(new DeviceRegion(0, bytes)));
    long bestNanos = Long.MAX_VALUE;
    for (int run = 0; run < RUNS; run++) {
      stream.synchronize();
      long start = System.nanoTime();
      IntStream.range(0, COPIES_PER_RUN).mapToObj(copies).forEach(stream::submit);
      stream.synchronize();
      bestNanos = Math.min(bestNanos, System.nanoTime() - start);
    }
    return COPIES_PER_RUN * bytes / (bestNanos * 1e-9);
  }
}
