package org.memo.planner.allocation.bilevel;

import java.util.List;

/**
 * A rigid body that level 2 moves up and down: a tensor, or a chain of passes with the tensors that
 * reach out of it in time.
 *
 * @param parts rectangles that never touch each other's inside, at least one
 * @param tenancy how long the longest-lived tensors in it stay; for a chain, a pass's length
 */
record Block(List<Part> parts, long tenancy) {

  /**
   * A rectangle of time x addresses.
   *
   * @param lower first moment at which it is there
   * @param upper first moment at which it is no longer there
   * @param bottomBytes its lower edge, from the block's base; may be below 0
   */
  record Part(long lower, long upper, long bottomBytes, long heightBytes) {
    long topBytes() {
      return bottomBytes + heightBytes;
    }

    boolean overlapsInTime(Part other) {
      return lower < other.upper && other.lower < upper;
    }

    Part movedBy(long bytes) {
      return new Part(lower, upper, bottomBytes + bytes, heightBytes);
    }
  }

  Block {
    parts = List.copyOf(parts);
  }

  static Block of(long lower, long upper, long heightBytes) {
    return new Block(List.of(new Part(lower, upper, 0, heightBytes)), upper - lower);
  }

  Block movedBy(long bytes) {
    return new Block(parts.stream().map(part -> part.movedBy(bytes)).toList(), tenancy);
  }

  /** The same upside down, from the same bottom. */
  Block mirrored() {
    long edges = bottomBytes() + topBytes();
    return new Block(
        parts.stream()
            .map(part ->
                new Part(part.lower(), part.upper(), edges - part.topBytes(), part.heightBytes()))
            .toList(),
        tenancy);
  }

  long bottomBytes() {
    return parts.stream().mapToLong(Part::bottomBytes).min().orElseThrow();
  }

  long topBytes() {
    return parts.stream().mapToLong(Part::topBytes).max().orElseThrow();
  }

  long lower() {
    return parts.stream().mapToLong(Part::lower).min().orElseThrow();
  }

  long upper() {
    return parts.stream().mapToLong(Part::upper).max().orElseThrow();
  }
}
