package org.memo.device.cuda;

/** Reservations of device and pinned memory since a device was opened. */
final class AllocationCount {
  private long count;

  void add(long reservations) {
    count += reservations;
  }

  long get() {
    return count;
  }
}
