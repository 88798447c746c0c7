package org.memo.benchmark;

import org.memo.device.Device;
import org.memo.device.host.HostDevice;
import org.memo.profile.MatrixPeak;

/** The CPU with all the processors that this JVM may use. */
final class HostMachine implements Machine {
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
  public double productFlopsPerSecond() {
    return MatrixPeak.ofHost(threads);
  }
}
