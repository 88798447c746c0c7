package org.memo.bindings.onednn;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.Segments;
import org.memo.bindings.StorageType;

/**
 * What a product of row-major matrices looks like; parameters as in {@link MatrixProduct#multiply}.
 */
record ProductShape(
    StorageType type,
    StorageType outType,
    boolean transposeA,
    boolean transposeB,
    long m,
    long n,
    long k,
    long lda,
    long ldb,
    long ldc,
    boolean accumulate) {

  /**
   * Refuses a result of fewer bits than its factors, sizes below 1, rows that overlap, and memory
   * that is too small.
   */
  void requireMemory(MemorySegment a, MemorySegment b, MemorySegment c) {
    if (outType != type && outType != StorageType.F32) {
      throw new IllegalArgumentException(
          "a product of %s is %s, must be F32 or as its factors".formatted(type, outType));
    }
    requireMatrix("a", type, a, transposeA ? k : m, transposeA ? m : k, lda);
    requireMatrix("b", type, b, transposeB ? n : k, transposeB ? k : n, ldb);
    requireMatrix("c", outType, c, m, n, ldc);
  }

  /**
   * The same matrices in memory, of which {@code runK} columns of op(A) and rows of op(B) are
   * multiplied.
   */
  ProductShape ofRun(long runK, boolean accumulates) {
    return new ProductShape(
        type, outType, transposeA, transposeB, m, n, runK, lda, ldb, ldc, accumulates);
  }

  private static void requireMatrix(
      String name, StorageType type, MemorySegment matrix, long rows, long cols, long rowStride) {
    if (rows < 1 || cols < 1 || rowStride < cols) {
      throw new IllegalArgumentException(
          "%s [%d, %d] with rows %d elements apart is no matrix"
              .formatted(name, rows, cols, rowStride));
    }
    long elements = Math.addExact(Math.multiplyExact(rows - 1, rowStride), cols);
    Segments.requireElements(name, type, elements, matrix);
  }
}
