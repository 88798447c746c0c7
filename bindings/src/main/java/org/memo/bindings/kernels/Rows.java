package org.memo.bindings.kernels;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.Segments;
import org.memo.bindings.StorageType;

/**
 * Rows of elements that lie {@code stride} elements apart: {@code q} inside a fused {@code qkv}
 * buffer, for example.
 */
public record Rows(MemorySegment data, long stride) {

  /** Of a matrix whose rows have {@code stride} elements of the type, from a column on. */
  public static Rows fromColumn(
      MemorySegment matrix, StorageType type, long stride, long firstColumn) {
    return new Rows(matrix.asSlice(firstColumn * type.bytes()), stride);
  }

  /**
   * Refuses rows that overlap or that reach past the segment, for {@code rows} rows of {@code cols}
   * elements of the type.
   */
  void requireShape(String name, StorageType type, long rows, long cols) {
    if (stride < cols) {
      throw new IllegalArgumentException(
          "%s: the row stride %d is less than the row's %d elements".formatted(name, stride, cols));
    }
    if (rows > 0) {
      long elements = Math.addExact(Math.multiplyExact(rows - 1, stride), cols);
      Segments.requireElements(name, type, elements, data);
    }
  }
}
