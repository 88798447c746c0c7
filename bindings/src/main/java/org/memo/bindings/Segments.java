package org.memo.bindings;

import java.lang.foreign.MemorySegment;

/**
 * Size checks in front of native calls: what would read past its memory becomes an exception, not a
 * crash. Names are separated by blanks, one for each segment.
 */
public final class Segments {
  private Segments() {}

  /** Each segment must hold {@code elements} values of the type. */
  public static void requireElements(
      String names, StorageType type, long elements, MemorySegment... segments) {
    requireBytes(names, Math.multiplyExact(elements, type.bytes()), segments);
  }

  /** Each segment must hold {@code elements} f32 values. */
  public static void requireFloats(String names, long elements, MemorySegment... segments) {
    requireBytes(names, Math.multiplyExact(elements, Float.BYTES), segments);
  }

  /** Each segment must hold {@code elements} i32 values. */
  public static void requireInts(String names, long elements, MemorySegment... segments) {
    requireBytes(names, Math.multiplyExact(elements, Integer.BYTES), segments);
  }

  /** Each segment must hold {@code elements} i64 values. */
  public static void requireLongs(String names, long elements, MemorySegment... segments) {
    requireBytes(names, Math.multiplyExact(elements, Long.BYTES), segments);
  }

  /** Each segment must hold {@code elements} f64 values. */
  public static void requireDoubles(String names, long elements, MemorySegment... segments) {
    requireBytes(names, Math.multiplyExact(elements, Double.BYTES), segments);
  }

  /** Each segment must hold {@code sizeBytes} bytes; a negative size is refused. */
  public static void requireBytes(String names, long sizeBytes, MemorySegment... segments) {
    for (int i = 0; i < segments.length; i++) {
      if (sizeBytes < 0 || segments[i].byteSize() < sizeBytes) {
        throw new IllegalArgumentException(
            "%s needs %d bytes but has %d"
                .formatted(names.split(" ", -1)[i], sizeBytes, segments[i].byteSize()));
      }
    }
  }
}
