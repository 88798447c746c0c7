package org.memo.device;

import org.memo.planner.cost.ElementType;

/**
 * A range of a device's slab.
 *
 * @param offsetBytes from its start
 * @param sizeBytes may be zero
 */
public record DeviceRegion(long offsetBytes, long sizeBytes) implements MemoryRegion {
  public DeviceRegion {
    MemoryRegion.check(offsetBytes, sizeBytes);
  }

  /** The part that starts {@code offset} bytes into this region. */
  public DeviceRegion slice(long offset, long size) {
    MemoryRegion.checkSlice(this, offset, size);
    return new DeviceRegion(offsetBytes + offset, size);
  }

  /** The part that starts {@code offset} f32 elements into this region. */
  public DeviceRegion floats(long offset, long count) {
    return elements(ElementType.F32, offset, count);
  }

  /** The part that starts {@code offset} elements of a type into this region. */
  public DeviceRegion elements(ElementType type, long offset, long count) {
    return slice(Math.multiplyExact(offset, type.bytes()), Math.multiplyExact(count, type.bytes()));
  }
}
