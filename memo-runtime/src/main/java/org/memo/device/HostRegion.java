package org.memo.device;

/**
 * A range of a device's pinned pool.
 *
 * @param offsetBytes from its start
 * @param sizeBytes may be zero
 */
public record HostRegion(long offsetBytes, long sizeBytes) implements MemoryRegion {
  public HostRegion {
    MemoryRegion.check(offsetBytes, sizeBytes);
  }

  /** The part that starts {@code offset} bytes into this region. */
  public HostRegion slice(long offset, long size) {
    MemoryRegion.checkSlice(this, offset, size);
    return new HostRegion(offsetBytes + offset, size);
  }

  /** The part that starts {@code offset} f32 elements into this region. */
  public HostRegion floats(long offset, long count) {
    return slice(Math.multiplyExact(offset, Float.BYTES), Math.multiplyExact(count, Float.BYTES));
  }
}
