package org.memo.op;

import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/** Checks that an operation's regions have the sizes that its dimensions call for. */
final class Shapes {
  private Shapes() {}

  static void require(String name, MemoryRegion region, ElementType type, long elements) {
    requireBytes(name, region, Math.multiplyExact(elements, type.bytes()));
  }

  static void require(String name, MemoryRegion region, ElementType type, long rows, long cols) {
    require(name, region, type, Math.multiplyExact(rows, cols));
  }

  static void requireFloats(String name, MemoryRegion region, long elements) {
    require(name, region, ElementType.F32, elements);
  }

  static void requireFloats(String name, MemoryRegion region, long rows, long cols) {
    requireFloats(name, region, Math.multiplyExact(rows, cols));
  }

  static void requireInts(String name, MemoryRegion region, long elements) {
    requireBytes(name, region, Math.multiplyExact(elements, Integer.BYTES));
  }

  static void requireLongs(String name, MemoryRegion region, long elements) {
    requireBytes(name, region, Math.multiplyExact(elements, Long.BYTES));
  }

  static void requireDoubles(String name, MemoryRegion region, long elements) {
    requireBytes(name, region, Math.multiplyExact(elements, Double.BYTES));
  }

  /** Rows of {@code cols} elements, {@code rowStride} apart; the last need not be padded. */
  static void requireStrided(
      String name, MemoryRegion region, ElementType type, long rows, long cols, long rowStride) {
    if (rowStride < cols) {
      throw new IllegalArgumentException(
          "%s: rowStride=%d is less than cols=%d".formatted(name, rowStride, cols));
    }
    long elements = rows == 0 ? 0 : Math.multiplyExact(rows - 1, rowStride) + cols;
    requireAtLeast(name, region, Math.multiplyExact(elements, type.bytes()));
  }

  /** Rows of one place of a ring. */
  static void requireTokens(AttentionShape shape, RingBlock block) {
    if (shape.tokens() != block.tokensOfPlace()) {
      throw new IllegalArgumentException(
          "tokens=%d, but a place of the ring has %d"
              .formatted(shape.tokens(), block.tokensOfPlace()));
    }
  }

  static void requireColumns(String name, long first, long cols, long width) {
    if (first < 0 || cols < 0 || cols > width - first) {
      throw new IllegalArgumentException(
          "%s: columns %d to %d are not all in a row of %d"
              .formatted(name, first, first + cols, width));
    }
  }

  /** A region of whole elements. */
  static void requireElements(String name, MemoryRegion region, long elementBytes) {
    if (region.sizeBytes() % elementBytes != 0) {
      throw new IllegalArgumentException(
          "%s has sizeBytes=%d, no multiple of its elements' %d"
              .formatted(name, region.sizeBytes(), elementBytes));
    }
  }

  static void requireRanks(int ranks) {
    if (ranks < 1) {
      throw new IllegalArgumentException("ranks=%d is less than 1".formatted(ranks));
    }
  }

  /** A whole that has one shard on each rank. */
  static void requireShards(MemoryRegion whole, MemoryRegion shard, int ranks) {
    requireRanks(ranks);
    requireBytes("whole", whole, Math.multiplyExact(shard.sizeBytes(), ranks));
  }

  static void requireDisjoint(MemoryRegion source, MemoryRegion target) {
    if (source.overlaps(target)) {
      throw new IllegalArgumentException(
          "source %s and target %s overlap".formatted(source, target));
    }
  }

  /** What a rank sends: each part of the region once to be summed, once as a sum. */
  static long allReduceWireBytes(MemoryRegion region, int ranks) {
    return Math.ceilDiv(Math.multiplyExact(2L * (ranks - 1), region.sizeBytes()), ranks);
  }

  static void requireEqual(MemoryRegion source, MemoryRegion target) {
    requireBytes("target", target, source.sizeBytes());
  }

  private static void requireBytes(String name, MemoryRegion region, long bytes) {
    if (region.sizeBytes() != bytes) {
      throw new IllegalArgumentException(
          "%s has sizeBytes=%d, its shape calls for %d".formatted(name, region.sizeBytes(), bytes));
    }
  }

  private static void requireAtLeast(String name, MemoryRegion region, long bytes) {
    if (region.sizeBytes() < bytes) {
      throw new IllegalArgumentException(
          "%s has sizeBytes=%d, its shape calls for at least %d"
              .formatted(name, region.sizeBytes(), bytes));
    }
  }
}
