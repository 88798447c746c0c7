package org.memo.bindings.cudart;

import java.lang.foreign.MemorySegment;

/**
 * A place in device memory. It is no {@link MemorySegment}, so that it cannot be read by the host
 * or be mistaken for host memory.
 *
 * @param value the address as CUDA gives it, 0 for none
 */
public record DeviceAddress(long value) {
  /** No memory: what C calls NULL. */
  public static final DeviceAddress NONE = new DeviceAddress(0);

  /** The address {@code bytes} further on. */
  public DeviceAddress plus(long bytes) {
    return new DeviceAddress(value + bytes);
  }

  /** For a native call, which takes it as a number. */
  public MemorySegment pointer() {
    return MemorySegment.ofAddress(value);
  }

  @Override
  public String toString() {
    return "0x" + Long.toHexString(value);
  }
}
