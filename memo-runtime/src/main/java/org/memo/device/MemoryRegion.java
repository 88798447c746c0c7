package org.memo.device;

/** A range of a device's slab or of its pinned pool. A view: it owns nothing. */
public sealed interface MemoryRegion permits DeviceRegion, HostRegion {
  long offsetBytes();

  long sizeBytes();

  /** Whether the two ranges lie in the same memory and share a byte. */
  default boolean overlaps(MemoryRegion other) {
    return getClass() == other.getClass()
        && offsetBytes() < other.offsetBytes() + other.sizeBytes()
        && other.offsetBytes() < offsetBytes() + sizeBytes();
  }

  /** Fails unless the range is one that memory can hold. */
  static void check(long offsetBytes, long sizeBytes) {
    if (offsetBytes < 0 || sizeBytes < 0 || offsetBytes > Long.MAX_VALUE - sizeBytes) {
      throw new IllegalArgumentException(
          "not a memory range: offsetBytes=" + offsetBytes + " sizeBytes=" + sizeBytes);
    }
  }

  /** Fails unless {@code [offsetBytes, offsetBytes + sizeBytes)} lies in a range of this size. */
  static void checkSlice(MemoryRegion region, long offsetBytes, long sizeBytes) {
    check(offsetBytes, sizeBytes);
    if (offsetBytes + sizeBytes > region.sizeBytes()) {
      throw new IndexOutOfBoundsException(
          "offsetBytes=" + offsetBytes + " sizeBytes=" + sizeBytes + " is outside " + region);
    }
  }
}
