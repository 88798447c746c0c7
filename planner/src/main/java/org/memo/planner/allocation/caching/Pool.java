package org.memo.planner.allocation.caching;

import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.caching.Block.State;

/** The free blocks for requests of one kind. */
final class Pool {

  private final Segments segments;

  /** A block is split if so much is left over; less stays with the request, as waste. */
  private final long smallestRestBytes;

  private final TreeSet<Block> free = new TreeSet<>(Block.BY_SIZE);

  Pool(Segments segments, long smallestRestBytes) {
    this.segments = segments;
    this.smallestRestBytes = smallestRestBytes;
  }

  /** The blocks in the pool as they are now. */
  List<Block> freeBlocks() {
    return List.copyOf(free);
  }

  /** A block of at least this size that is in no pool: a free one, else a new one, else null. */
  @Nullable Block provide(long sizeBytes) {
    Block cached = takeBestFit(sizeBytes);
    return cached == null ? segments.reserve(this, sizeBytes) : cached;
  }

  /** Gives back to the device what is free and can be given back. */
  void releaseFree() {
    segments.releaseFree(this);
  }

  /** How many segments hold memory for this pool. */
  long segmentCount() {
    return segments.count();
  }

  /**
   * Takes the smallest block that is big enough out of the pool, the lowest of equals; null where
   * there is none. A block that can grow into addresses above it counts as big as it could be.
   */
  private @Nullable Block takeBestFit(long sizeBytes) {
    Block least = new Block(Long.MIN_VALUE, sizeBytes, State.FREE);
    Block best = null;
    for (Block candidate : free.tailSet(least)) {
      if (best != null && sizeWithRoomAbove(candidate) >= sizeWithRoomAbove(best)) {
        break;
      }
      best = candidate;
    }
    if (best != null) {
      free.remove(best);
    }
    return best;
  }

  private static long sizeWithRoomAbove(Block block) {
    Block above = block.above;
    return above != null && above.state == State.UNMAPPED
        ? block.sizeBytes + above.sizeBytes
        : block.sizeBytes;
  }

  /** Hands out a block that is in no pool; what it has too much goes back. */
  void use(Block block, long sizeBytes) {
    if (block.sizeBytes - sizeBytes >= smallestRestBytes) {
      free.add(block.split(sizeBytes));
    }
    block.state = State.USED;
  }

  /** Puts a block into the pool, joined with its free neighbours, and returns what came of it. */
  Block giveBack(Block block) {
    block.state = State.FREE;
    Block joined = block;
    Block above = block.above;
    if (above != null && above.state == State.FREE) {
      free.remove(above);
      block.absorbAbove(above);
    }
    Block below = block.below;
    if (below != null && below.state == State.FREE) {
      free.remove(below);
      below.absorbAbove(block);
      joined = below;
    }
    free.add(joined);
    return joined;
  }

  /** Takes this block out of the pool. */
  void take(Block block) {
    free.remove(block);
  }
}
