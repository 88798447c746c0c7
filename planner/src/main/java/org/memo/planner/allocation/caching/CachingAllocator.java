package org.memo.planner.allocation.caching;

import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.caching.Block.State;
import org.memo.planner.trace.RequestTrace;

/**
 * PyTorch's caching allocator, as if all requests came from one stream. Sizes are rounded up to 512
 * bytes. Requests of up to 1 MiB are cut from segments of 2 MiB; larger ones from segments of 20
 * MiB if they are below 10 MiB, else from their own, rounded up to 2 MiB. The best fitting free
 * block is used, and split if enough is left over. Free neighbours are joined. Nothing goes back to
 * the device until that is full; then all that is free does, and the request is made once more.
 *
 * <p>With expandable segments each pool has one segment whose memory is added at its end, and taken
 * away anywhere, in steps of 2 MiB (small) and 20 MiB (large).
 */
public final class CachingAllocator {

  private static final long GRANULE_BYTES = 512;
  private static final long MAX_SMALL_BYTES = 1L << 20;

  private final DeviceMemory device;
  private final Pool small;
  private final Pool large;
  private long allocatedBytes = 0;
  private long peakAllocatedBytes = 0;
  private long retries = 0;

  CachingAllocator(Settings settings) {
    device = new DeviceMemory(settings.limitBytes());
    if (settings.expandableSegments()) {
      small = new Pool(expandable(Segments.SMALL_SEGMENT_BYTES), GRANULE_BYTES);
      large = new Pool(expandable(Segments.LARGE_SEGMENT_BYTES), GRANULE_BYTES);
    } else {
      small = new Pool(new FixedSegments(device, true), GRANULE_BYTES);
      // What is left over must be worth a large request.
      large = new Pool(new FixedSegments(device, false), MAX_SMALL_BYTES + GRANULE_BYTES);
    }
  }

  private Segments expandable(long stepBytes) {
    return new ExpandableSegments(device, stepBytes);
  }

  /**
   * Runs the requests of a trace: the setup once, then the phases in their order, again and again.
   *
   * @param steps how often the phases are run, at least 1
   */
  public static Usage replay(RequestTrace trace, int steps, Settings settings) {
    return new TraceReplay(new CachingAllocator(settings)).run(trace, steps);
  }

  /** Answers a request for so many bytes, above 0; null if the device is full. */
  @Nullable Block malloc(long requestedBytes) {
    if (requestedBytes > Long.MAX_VALUE - Segments.LARGE_SEGMENT_BYTES) {
      return null;
    }
    long sizeBytes = Problem.roundUp(requestedBytes, GRANULE_BYTES);
    Pool pool = poolFor(sizeBytes);
    Block block = pool.provide(sizeBytes);
    if (block == null) {
      retries++;
      large.releaseFree();
      small.releaseFree();
      block = pool.provide(sizeBytes);
    }
    if (block != null) {
      pool.use(block, sizeBytes);
      allocatedBytes += block.sizeBytes;
      peakAllocatedBytes = Math.max(peakAllocatedBytes, allocatedBytes);
    }
    return block;
  }

  /** Takes a block back into its pool. */
  void free(Block block) {
    if (block.state != State.USED) {
      throw new IllegalStateException("the block at %d is not in use".formatted(block.address));
    }
    allocatedBytes -= block.sizeBytes;
    poolFor(block.sizeBytes).giveBack(block);
  }

  /** A block's size too tells its pool: small blocks are handed out without waste. */
  private Pool poolFor(long sizeBytes) {
    return sizeBytes <= MAX_SMALL_BYTES ? small : large;
  }

  /** What it took so far. */
  Usage usage(boolean fits) {
    long segments = small.segmentCount() + large.segmentCount();
    return new Usage(device.peakReservedBytes(), peakAllocatedBytes, segments, retries, fits);
  }

  long reservedBytes() {
    return device.reservedBytes();
  }

  long allocatedBytes() {
    return allocatedBytes;
  }
}
