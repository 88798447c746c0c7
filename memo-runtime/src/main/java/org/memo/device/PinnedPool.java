package org.memo.device;

import java.lang.foreign.MemorySegment;

/**
 * Host memory that copies to and from a device's slab go through, reserved once and handed out in
 * order. What is handed out stays so until the device is closed.
 */
public final class PinnedPool {
  /** Keeps regions on separate cache lines and within the rules of vector loads. */
  private static final long ALIGNMENT_BYTES = 128;

  private final MemorySegment memory;
  private long usedBytes;

  /**
   * @param memory the pool's memory, or a segment of size zero at no address for a device that only
   *     counts
   */
  public PinnedPool(MemorySegment memory) {
    this.memory = memory;
  }

  /** A pool without memory: it counts what would be used. */
  public static PinnedPool counting() {
    return new PinnedPool(MemorySegment.NULL);
  }

  /**
   * Hands out the next {@code sizeBytes}.
   *
   * @throws IllegalStateException when the pool is too small: it was reserved for another program
   */
  public HostRegion allocate(String name, long sizeBytes) {
    HostRegion region = new HostRegion(usedBytes, sizeBytes);
    long end = usedBytes + sizeBytes;
    if (hasMemory() && end > memory.byteSize()) {
      throw new IllegalStateException(
          "the pinned pool of %d bytes cannot hold %s: used=%d sizeBytes=%d"
              .formatted(memory.byteSize(), name, usedBytes, sizeBytes));
    }
    usedBytes = (end + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    return region;
  }

  /** Bytes handed out so far, alignment included. */
  public long usedBytes() {
    return usedBytes;
  }

  /** The memory of a region, for the host to read and write. */
  public MemorySegment segment(HostRegion region) {
    return memory.asSlice(region.offsetBytes(), region.sizeBytes());
  }

  private boolean hasMemory() {
    return memory.address() != 0;
  }
}
