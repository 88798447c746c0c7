package org.memo.bindings.cudnn;

/**
 * Four dimensions and their strides, in elements: batch, heads, rows, columns.
 *
 * @param batches of which each has its own sequence
 * @param rows of a head's matrix
 * @param cols of a head's matrix
 */
public record TensorLayout(
    long batches,
    long heads,
    long rows,
    long cols,
    long batchStride,
    long headStride,
    long rowStride,
    long colStride) {

  /** Without gaps, in the order of the dimensions. */
  public static TensorLayout packed(long batches, long heads, long rows, long cols) {
    return new TensorLayout(batches, heads, rows, cols, heads * rows * cols, rows * cols, cols, 1);
  }

  /** The same memory with rows and columns exchanged. */
  public TensorLayout transposed() {
    return new TensorLayout(
        batches, heads, cols, rows, batchStride, headStride, colStride, rowStride);
  }

  long[] dimensions() {
    return new long[] {batches, heads, rows, cols};
  }

  long[] strides() {
    return new long[] {batchStride, headStride, rowStride, colStride};
  }
}
