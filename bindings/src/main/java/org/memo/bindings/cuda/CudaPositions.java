package org.memo.bindings.cuda;

import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * Embeddings and rotary positions. Tables of angles and gradients of parameters are f32, ids and
 * positions i32.
 */
public final class CudaPositions {
  private CudaPositions() {}

  /** cosines, sines [rows, halfDim] of positions [rows] * inverseFrequency [halfDim]. */
  public static void rotaryTable(
      DeviceAddress inverseFrequency,
      DeviceAddress positions,
      DeviceAddress cosines,
      DeviceAddress sines,
      long rows,
      long halfDim,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_rotary_table(
            inverseFrequency.pointer(),
            positions.pointer(),
            cosines.pointer(),
            sines.pointer(),
            rows,
            halfDim,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_rotary_table", status, "rows half_dim", rows, halfDim);
    }
  }

  /**
   * Rotates heads [rows, heads, headDim] in place; rows are rowStride apart; inverse rotates back.
   * Faults on a negative position.
   */
  public static void rotary(
      StorageType type,
      DeviceAddress x,
      long rowStride,
      DeviceAddress positions,
      DeviceAddress cosines,
      DeviceAddress sines,
      long rows,
      long heads,
      long headDim,
      boolean inverse,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_rotary(
            type.code(),
            x.pointer(),
            rowStride,
            positions.pointer(),
            cosines.pointer(),
            sines.pointer(),
            rows,
            heads,
            headDim,
            inverse ? 1 : 0,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_rotary",
          status,
          "type row_stride rows heads head_dim inverse",
          type,
          rowStride,
          rows,
          heads,
          headDim,
          inverse);
    }
  }

  /** y [rows, cols] = table [tableRows, cols] at ids [rows], or y += it. Faults on ids. */
  public static void embeddingForward(
      StorageType type,
      DeviceAddress table,
      DeviceAddress ids,
      DeviceAddress y,
      long rows,
      long cols,
      long tableRows,
      boolean accumulate,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_embedding_forward(
            type.code(),
            table.pointer(),
            ids.pointer(),
            y.pointer(),
            rows,
            cols,
            tableRows,
            accumulate ? 1 : 0,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_embedding_forward",
          status,
          "type rows cols table_rows accumulate",
          type,
          rows,
          cols,
          tableRows,
          accumulate);
    }
  }

  /**
   * Adds dy [rows, cols] to dtable [tableRows, cols] at ids [rows], but for skippedId, which a
   * negative one is not. Faults on ids.
   */
  public static void embeddingBackward(
      StorageType type,
      DeviceAddress dy,
      DeviceAddress ids,
      DeviceAddress dtable,
      long rows,
      long cols,
      long tableRows,
      long skippedId,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_embedding_backward(
            type.code(),
            dy.pointer(),
            ids.pointer(),
            dtable.pointer(),
            rows,
            cols,
            tableRows,
            skippedId,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_embedding_backward",
          status,
          "type rows cols table_rows skipped_id",
          type,
          rows,
          cols,
          tableRows,
          skippedId);
    }
  }
}
