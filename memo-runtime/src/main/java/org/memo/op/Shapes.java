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
