package org.memo.planner.allocation.caching;

import org.jspecify.annotations.Nullable;

/** Where the blocks of a pool come from. */
sealed interface Segments permits FixedSegments, ExpandableSegments {

  /** What the device gives at least, and the step in which it gives more. */
  long SMALL_SEGMENT_BYTES = 2L << 20;

  /** What is asked of the device for middling requests. */
  long LARGE_SEGMENT_BYTES = 20L << 20;

  /**
   * A free block of at least this size, in no pool, on newly reserved memory; null if the device
   * has too little.
   */
  @Nullable Block reserve(Pool pool, long sizeBytes);

  /** Gives back to the device what the pool holds and can be given back. */
  void releaseFree(Pool pool);

  /** How many segments hold memory. */
  long count();
}
