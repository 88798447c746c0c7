package org.memo.bindings.onednn;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.Segments;
import org.memo.bindings.onednn.generated.OneDnn;

/**
 * Matrix products of row-major f32 matrices by oneDNN. The same arguments and number of threads
 * give the same bits.
 *
 * <p>One object serves one stream: it must not be used by two threads at once.
 */
public final class MatrixProduct implements AutoCloseable {

  /**
   * C = op(A) op(B), or C += op(A) op(B) where {@code accumulate}; op transposes where asked.
   *
   * @param m rows of op(A) and of C [m, n]
   * @param n columns of op(B) and of C
   * @param k columns of op(A) [m, k] and rows of op(B) [k, n]
   * @param lda elements between the rows of A as it lies in memory: [m, k], or [k, m] where
   *     transposed
   * @param ldb elements between the rows of B as it lies in memory: [k, n], or [n, k] where
   *     transposed
   * @param ldc elements between the rows of C
   */
  public void multiply(
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      MemorySegment a,
      long lda,
      MemorySegment b,
      long ldb,
      MemorySegment c,
      long ldc,
      boolean accumulate) {
    requireMatrix("a", a, transposeA ? k : m, transposeA ? m : k, lda);
    requireMatrix("b", b, transposeB ? n : k, transposeB ? k : n, ldb);
    requireMatrix("c", c, m, n, ldc);
    int status =
        OneDnn.dnnl_sgemm(
            (byte) (transposeA ? 'T' : 'N'),
            (byte) (transposeB ? 'T' : 'N'),
            m,
            n,
            k,
            1f,
            a,
            lda,
            b,
            ldb,
            accumulate ? 1f : 0f,
            c,
            ldc);
    if (status != OneDnn.dnnl_success()) {
      throw NativeCallException.of("dnnl_sgemm", status, "", "", "m n k", m, n, k);
    }
  }

  @Override
  public void close() {}

  private static void requireMatrix(
      String name, MemorySegment matrix, long rows, long cols, long rowStride) {
    if (rows < 1 || cols < 1 || rowStride < cols) {
      throw new IllegalArgumentException(
          "%s [%d, %d] with %d elements between rows is no matrix"
              .formatted(name, rows, cols, rowStride));
    }
    long elements = Math.addExact(Math.multiplyExact(rows - 1, rowStride), cols);
    Segments.requireFloats(name, elements, matrix);
  }
}
