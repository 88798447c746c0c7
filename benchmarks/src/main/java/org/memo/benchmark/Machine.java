package org.memo.benchmark;

import org.memo.device.Device;
import org.memo.planner.cost.ElementType;

/** The machine under test as one kind of device, and the most that it can do. */
public interface Machine {
  /** A device with as much memory. The caller closes it. */
  Device open(long slabBytes, long poolBytes);

  /** Bytes read and written per second, at most, in the device's memory. */
  double memoryBytesPerSecond();

  /** Bytes copied per second, at most, by so many copies of different memory at once. */
  double copiedBytesPerSecond(int copiesAtOnce);

  /** FLOP/s of matrix products in a type. */
  double productFlopsPerSecond(ElementType type);

  /** So much of the device's memory may a benchmark take for its buffers. */
  long mostSlabBytes();

  /** So much work in a row makes handing it over and waiting for it disappear. */
  double productFlopsPerRun();

  /**
   * The machine as the device of this name, one for all that run in this JVM.
   *
   * @param device the benchmarks' parameter, as {@code --device}: {@code host}, {@code cuda} or
   *     {@code cuda:N}
   */
  static Machine of(String device) {
    return Machines.of(device);
  }
}
