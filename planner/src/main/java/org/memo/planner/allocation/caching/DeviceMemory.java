package org.memo.planner.allocation.caching;

/** How much of a device's memory is reserved. */
final class DeviceMemory {

  private final long limitBytes;
  private long reservedBytes = 0;
  private long peakReservedBytes = 0;

  DeviceMemory(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Reserves so much, unless that is more than is left. */
  boolean reserve(long sizeBytes) {
    if (sizeBytes > limitBytes - reservedBytes) {
      return false;
    }
    reservedBytes += sizeBytes;
    peakReservedBytes = Math.max(peakReservedBytes, reservedBytes);
    return true;
  }

  void release(long sizeBytes) {
    reservedBytes -= sizeBytes;
  }

  long reservedBytes() {
    return reservedBytes;
  }

  long peakReservedBytes() {
    return peakReservedBytes;
  }
}
