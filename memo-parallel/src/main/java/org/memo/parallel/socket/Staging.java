package org.memo.parallel.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A buffer for each rank of a block, for bytes that have to be packed or summed; made when first
 * used, and used again by later calls.
 */
final class Staging {
  /** Of all buffers of a channel. */
  private static final long TOTAL_BYTES = 16 << 20;

  private static final long LEAST_BYTES = 64 << 10;
  private static final long MOST_BYTES = 1 << 20;
  private static final long ALIGNMENT_BYTES = 64;

  private final MemorySegment[] buffers;
  private final long defaultBytes;

  Staging(int ranks) {
    this.buffers = new MemorySegment[ranks];
    this.defaultBytes = Math.clamp(TOTAL_BYTES / ranks, LEAST_BYTES, MOST_BYTES) & -ALIGNMENT_BYTES;
    Arrays.fill(buffers, MemorySegment.NULL);
  }

  /** How many items of a size one buffer takes: at least one. */
  long capacity(long itemBytes) {
    return Math.max(1, defaultBytes / itemBytes);
  }

  /** The buffer of a rank's number: its first bytes. */
  MemorySegment of(int number, long sizeBytes) {
    if (buffers[number].byteSize() < sizeBytes) {
      long wholeBytes = Math.max(defaultBytes, sizeBytes);
      buffers[number] = Arena.ofAuto().allocate(wholeBytes, ALIGNMENT_BYTES);
    }
    return buffers[number].asSlice(0, sizeBytes);
  }
}
