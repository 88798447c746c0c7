package org.memo.bindings.kernels;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/** Matrices copied and converted to another storage type, rows of any strides. */
public final class ConversionKernels {
  private ConversionKernels() {}

  /** target [n] bf16 = source [n] f32, rounded to the nearest, ties to even. */
  public static void toBf16(MemorySegment source, MemorySegment target, long n) {
    long cols = Math.max(1, n);
    toBf16(new Rows(source, cols), new Rows(target, cols), Math.min(1, n), cols);
  }

  /** target [rows, cols] bf16 = source [rows, cols] f32, rounded to the nearest, ties to even. */
  public static void toBf16(Rows source, Rows target, long rows, long cols) {
    source.requireShape("source", StorageType.F32, rows, cols);
    target.requireShape("target", StorageType.BF16, rows, cols);
    int status =
        MemoKernels.memo_cast_bf16(
            source.data(), source.stride(), target.data(), target.stride(), rows, cols);
    check("memo_cast_bf16", status, source, target, rows, cols);
  }

  /** target [rows, cols] f32 = source [rows, cols] bf16. */
  public static void toFloats(Rows source, Rows target, long rows, long cols) {
    source.requireShape("source", StorageType.BF16, rows, cols);
    target.requireShape("target", StorageType.F32, rows, cols);
    int status =
        MemoKernels.memo_widen_bf16(
            source.data(), source.stride(), target.data(), target.stride(), rows, cols);
    check("memo_widen_bf16", status, source, target, rows, cols);
  }

  /** target [rows, cols] = source [rows, cols], both of the type; they must not overlap. */
  public static void copy(StorageType type, Rows source, Rows target, long rows, long cols) {
    source.requireShape("source", type, rows, cols);
    target.requireShape("target", type, rows, cols);
    int status =
        MemoKernels.memo_copy_columns(
            source.data(),
            Math.multiplyExact(source.stride(), type.bytes()),
            target.data(),
            Math.multiplyExact(target.stride(), type.bytes()),
            rows,
            cols * type.bytes());
    check("memo_copy_columns", status, source, target, rows, cols);
  }

  private static void check(
      String call, int status, Rows source, Rows target, long rows, long cols) {
    KernelStatus.check(
        call,
        status,
        "source_stride target_stride rows cols",
        source.stride(),
        target.stride(),
        rows,
        cols);
  }
}
