package org.memo.benchmark;

import org.memo.device.Device;

/** The machine under test as one kind of device, and the most that it can do. */
public interface Machine {
  /** A device with as much memory. The caller closes it. */
  Device open(long slabBytes, long poolBytes);

  /** Bytes read and written per second, at most, in the device's memory. */
  double memoryBytesPerSecond();

  /** Bytes copied per second, at most, by so many copies of different memory at once. */
  double copiedBytesPerSecond(int copiesAtOnce);

  /** FLOP/s in f32 of matrix products. */
  double productFlopsPerSecond();

  /**
   * The machine as the device of this name.
   *
   * @param device the benchmarks' parameter: {@code host}
   */
  static Machine of(String device) {
    if (device.equals("host")) {
      return new HostMachine();
    }
    throw new IllegalArgumentException("device is %s, it may be host".formatted(device));
  }
}
