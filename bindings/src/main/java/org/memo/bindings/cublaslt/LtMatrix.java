package org.memo.bindings.cublaslt;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.cublaslt.generated.CublasLt;

/** How a column-major matrix lies in memory. */
public final class LtMatrix extends LtDescriptor {
  /**
   * @param columnStride elements from a column to the next, {@code rows} or more
   * @throws IllegalArgumentException where a size is below 1 or columns overlap
   * @throws org.memo.bindings.NativeCallException where cuBLASLt refuses
   */
  public LtMatrix(StorageType type, long rows, long cols, long columnStride) {
    super(
        description(type, rows, cols, columnStride),
        "cublasLtMatrixLayoutCreate",
        slot ->
            CublasLt.cublasLtMatrixLayoutCreate(
                slot, LtTypes.codeOf(type), rows, cols, columnStride));
  }

  /** cuBLASLt itself takes any numbers here and fails later. */
  private static String description(StorageType type, long rows, long cols, long columnStride) {
    String description = "%s [%d, %d] columns %d apart".formatted(type, rows, cols, columnStride);
    if (rows < 1 || cols < 1 || columnStride < rows) {
      throw new IllegalArgumentException(description + " is no matrix");
    }
    return description;
  }

  /** Makes it {@code count} matrices of this form, {@code stride} elements apart. */
  public void batch(int count, long stride) {
    setInt(CublasLt.CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT(), count);
    setLong(CublasLt.CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET(), stride);
  }

  @Override
  int setAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size) {
    return CublasLt.cublasLtMatrixLayoutSetAttribute(pointer, attribute, value, size);
  }

  @Override
  int getAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size) {
    return CublasLt.cublasLtMatrixLayoutGetAttribute(
        pointer, attribute, value, size, MemorySegment.NULL);
  }

  @Override
  int destroy(MemorySegment pointer) {
    return CublasLt.cublasLtMatrixLayoutDestroy(pointer);
  }
}
