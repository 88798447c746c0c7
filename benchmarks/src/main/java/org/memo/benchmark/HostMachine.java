package org.memo.benchmark;

import org.memo.device.Device;
import org.memo.device.host.HostDevice;
import org.memo.planner.cost.ElementType;
import org.memo.profile.MatrixPeak;

/** The CPU with all the processors that this JVM may use. */
final class HostMachine implements Machine {
  private static final long MOST_SLAB_BYTES = 1L << 30;
  private static final double FLOPS_PER_RUN = 4e9;

  private final int threads = Runtime.getRuntime().availableProcessors();

  @Override
  public Device open(long slabBytes, long poolBytes) {
    return new HostDevice(slabBytes, poolBytes, threads);
  }

  /** Twice the copied bytes: the copies go past the caches, so that nothing else is read. */
  @Override
  public double memoryBytesPerSecond() {
    return 2 * copiedBytesPerSecond(threads);
  }

  @Override
  public double copiedBytesPerSecond(int copiesAtOnce) {
    return HostCopyRate.measure(copiesAtOnce);
  }

  @Override
  public double productFlopsPerSecond(ElementType type) {
    return MatrixPeak.of(this::open, type).flopsPerSecond();
  }

  @Override
  public long mostSlabBytes() {
    return MOST_SLAB_BYTES;
  }

  @Override
  public double productFlopsPerRun() {
    return FLOPS_PER_RUN;
  }
}
