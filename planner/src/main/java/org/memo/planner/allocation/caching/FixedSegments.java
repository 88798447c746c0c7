package org.memo.planner.allocation.caching;

import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.caching.Block.State;

/** Segments of a size that stays, each from one call of cudaMalloc. */
final class FixedSegments implements Segments {

  /** From this size on a request gets a segment of its own. */
  private static final long SMALLEST_OWN_SEGMENT_BYTES = 10L << 20;

  private final DeviceMemory device;
  private final boolean small;
  private long nextAddress = 0;
  private long count = 0;

  FixedSegments(DeviceMemory device, boolean small) {
    this.device = device;
    this.small = small;
  }

  @Override
  public @Nullable Block reserve(Pool pool, long sizeBytes) {
    long segmentBytes = segmentBytes(sizeBytes);
    if (!device.reserve(segmentBytes)) {
      return null;
    }
    Block segment = new Block(nextAddress, segmentBytes, State.FREE);
    nextAddress += segmentBytes;
    count++;
    return segment;
  }

  private long segmentBytes(long sizeBytes) {
    if (small) {
      return SMALL_SEGMENT_BYTES;
    }
    return sizeBytes < SMALLEST_OWN_SEGMENT_BYTES
        ? LARGE_SEGMENT_BYTES
        : Problem.roundUp(sizeBytes, SMALL_SEGMENT_BYTES);
  }

  /** Only segments of which no byte is in use can be given back. */
  @Override
  public void releaseFree(Pool pool) {
    for (Block block : pool.freeBlocks()) {
      if (block.isWholeSegment()) {
        pool.take(block);
        device.release(block.sizeBytes);
        count--;
      }
    }
  }

  @Override
  public long count() {
    return count;
  }
}
