package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireElements;
import static org.memo.bindings.Segments.requireFloats;
import static org.memo.bindings.Segments.requireInts;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * What depends on where a token stands or which one it is: rotary position embedding, whose tables
 * are f32 whatever the type, and the embedding, whose gradient is f32.
 */
public final class PositionKernels {
  private PositionKernels() {}

  /** cosines, sines [rows, halfDim] from inverseFrequency [halfDim] and positions [rows] i32. */
  public static void rotaryTable(
      MemorySegment inverseFrequency,
      MemorySegment positions,
      MemorySegment cosines,
      MemorySegment sines,
      long rows,
      long halfDim) {
    requireFloats("inverse_frequency", halfDim, inverseFrequency);
    requireInts("positions", rows, positions);
    requireFloats("cosines sines", elements(rows, halfDim), cosines, sines);
    KernelStatus.check(
        "memo_rotary_table_f32",
        MemoKernels.memo_rotary_table_f32(
            inverseFrequency, positions, cosines, sines, rows, halfDim),
        "rows half_dim",
        rows,
        halfDim);
  }

  /**
   * Rotates x [rows, heads, headDim] in place, backwards where {@code inverse}.
   *
   * @param positions [rows] i32, each less than the table's rows (not checked)
   * @param cosines [table rows, headDim / 2], as sines
   */
  public static void rotary(
      StorageType type,
      Rows x,
      MemorySegment positions,
      MemorySegment cosines,
      MemorySegment sines,
      long rows,
      long heads,
      long headDim,
      boolean inverse) {
    x.requireShape("x", type, rows, Math.multiplyExact(heads, headDim));
    requireInts("positions", rows, positions);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_rotary_f32(
                x.data(), x.stride(), positions, cosines, sines, rows, heads, headDim, bit(inverse))
            : MemoKernels.memo_rotary_bf16(
                x.data(),
                x.stride(),
                positions,
                cosines,
                sines,
                rows,
                heads,
                headDim,
                bit(inverse));
    KernelStatus.check(
        type,
        "memo_rotary",
        status,
        "row_stride rows heads head_dim inverse",
        x.stride(),
        rows,
        heads,
        headDim,
        inverse);
  }

  /**
   * y [rows, cols] = table [tableRows, cols] at ids [rows] i32, or += where {@code accumulate}. An
   * id outside the table is refused.
   */
  public static void embeddingForward(
      StorageType type,
      MemorySegment table,
      MemorySegment ids,
      MemorySegment y,
      long rows,
      long cols,
      long tableRows,
      boolean accumulate) {
    requireElements("table", type, elements(tableRows, cols), table);
    requireInts("ids", rows, ids);
    requireElements("y", type, elements(rows, cols), y);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_embedding_forward_f32(
                table, ids, y, rows, cols, tableRows, bit(accumulate))
            : MemoKernels.memo_embedding_forward_bf16(
                table, ids, y, rows, cols, tableRows, bit(accumulate));
    KernelStatus.check(
        type,
        "memo_embedding_forward",
        status,
        "rows cols table_rows accumulate",
        rows,
        cols,
        tableRows,
        accumulate);
  }

  /**
   * Adds dy [rows, cols] to dtable [tableRows, cols] at ids [rows] i32, but for the rows of {@code
   * skippedId}; a negative one skips none.
   */
  public static void embeddingBackward(
      StorageType type,
      MemorySegment dy,
      MemorySegment ids,
      MemorySegment dtable,
      long rows,
      long cols,
      long tableRows,
      long skippedId) {
    requireFloats("dtable", elements(tableRows, cols), dtable);
    requireInts("ids", rows, ids);
    requireElements("dy", type, elements(rows, cols), dy);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_embedding_backward_f32(
                dy, ids, dtable, rows, cols, tableRows, skippedId)
            : MemoKernels.memo_embedding_backward_bf16(
                dy, ids, dtable, rows, cols, tableRows, skippedId);
    KernelStatus.check(
        type,
        "memo_embedding_backward",
        status,
        "rows cols table_rows skipped_id",
        rows,
        cols,
        tableRows,
        skippedId);
  }

  private static long elements(long rows, long cols) {
    return Math.multiplyExact(rows, cols);
  }

  private static int bit(boolean value) {
    return value ? 1 : 0;
  }
}
