package org.memo.device;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Host memory that copies to and from a device's slab go through, reserved once and handed out in
 * order. What is handed out stays so until the device is closed.
 */
public final class PinnedPool {
  /** Keeps regions on separate cache lines and within the rules of vector loads. */
  private static final long ALIGNMENT_BYTES = 128;

  private final MemorySegment memory;
  private final Consumer<HostRegion> accessed;
  private long usedBytes;

  /**
   * @param memory the pool's memory
   */
  public PinnedPool(MemorySegment memory) {
    this(memory, region -> {});
  }

  private PinnedPool(MemorySegment memory, Consumer<HostRegion> accessed) {
    this.memory = memory;
    this.accessed = accessed;
  }

  /**
   * A pool without memory: it counts what would be used.
   *
   * @param accessed told of every region whose memory the host asks for
   */
  public static PinnedPool counting(Consumer<HostRegion> accessed) {
    return new PinnedPool(MemorySegment.NULL, accessed);
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

  /** The memory of a region, for the host to read and write; empty in a pool that only counts. */
  public MemorySegment segment(HostRegion region) {
    accessed.accept(region);
    return hasMemory() ? memory.asSlice(region.offsetBytes(), region.sizeBytes()) : memory;
  }

  private boolean hasMemory() {
    return memory.address() != 0;
  }
}
