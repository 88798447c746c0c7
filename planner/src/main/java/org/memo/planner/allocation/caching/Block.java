package org.memo.planner.allocation.caching;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** A run of bytes of a segment, between its neighbours there. */
final class Block {

  enum State {
    /** Handed out. */
    USED,
    /** In the pool. */
    FREE,
    /** Addresses without memory behind them, in a segment that can be expanded. */
    UNMAPPED
  }

  static final Comparator<Block> BY_ADDRESS = Comparator.comparingLong(block -> block.address);
  static final Comparator<Block> BY_SIZE =
      Comparator.<Block>comparingLong(block -> block.sizeBytes).thenComparing(BY_ADDRESS);

  final long address;
  long sizeBytes;
  State state;
  @Nullable Block below;
  @Nullable Block above;

  Block(long address, long sizeBytes, State state) {
    this.address = address;
    this.sizeBytes = sizeBytes;
    this.state = state;
  }

  long end() {
    return address + sizeBytes;
  }

  /** Whether it is a segment of its own, and not a part of one. */
  boolean isWholeSegment() {
    return below == null && above == null;
  }

  /** Keeps the low bytes and returns the rest as a new block of the same state. */
  Block split(long keptBytes) {
    Block rest = new Block(address + keptBytes, sizeBytes - keptBytes, state);
    sizeBytes = keptBytes;
    rest.below = this;
    rest.above = above;
    if (above != null) {
      above.below = rest;
    }
    above = rest;
    return rest;
  }

  /** Takes over the bytes of the block above, which is then no more. */
  void absorbAbove(Block gone) {
    sizeBytes += gone.sizeBytes;
    above = gone.above;
    if (above != null) {
      above.below = this;
    }
  }
}
