package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireElements;
import static org.memo.bindings.Segments.requireFloats;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * The norms, row by row: x, y [rows, cols], weight and bias [cols]. Gradients of weight and bias
 * are f32 whatever the type.
 */
public final class NormKernels {
  private NormKernels() {}

  /** x, y [rows, cols], weight [cols]. */
  public static void rmsNormForward(
      StorageType type,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment y,
      long rows,
      long cols,
      float epsilon) {
    requireElements("x y", type, elements(rows, cols), x, y);
    requireElements("weight", type, cols, weight);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_rms_norm_forward_f32(x, weight, y, rows, cols, epsilon)
            : MemoKernels.memo_rms_norm_forward_bf16(x, weight, y, rows, cols, epsilon);
    KernelStatus.check(
        type, "memo_rms_norm_forward", status, "rows cols epsilon", rows, cols, epsilon);
  }

  /** Adds to dx [rows, cols] and to dweight [cols]. */
  public static void rmsNormBackward(
      StorageType type,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dweight,
      long rows,
      long cols,
      float epsilon) {
    requireElements("x dy dx", type, elements(rows, cols), x, dy, dx);
    requireElements("weight", type, cols, weight);
    requireFloats("dweight", cols, dweight);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_rms_norm_backward_f32(
                x, weight, dy, dx, dweight, rows, cols, epsilon)
            : MemoKernels.memo_rms_norm_backward_bf16(
                x, weight, dy, dx, dweight, rows, cols, epsilon);
    KernelStatus.check(
        type, "memo_rms_norm_backward", status, "rows cols epsilon", rows, cols, epsilon);
  }

  /** x, y [rows, cols], weight, bias [cols]. */
  public static void layerNormForward(
      StorageType type,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      long rows,
      long cols,
      float epsilon) {
    requireElements("x y", type, elements(rows, cols), x, y);
    requireElements("weight bias", type, cols, weight, bias);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_layer_norm_forward_f32(x, weight, bias, y, rows, cols, epsilon)
            : MemoKernels.memo_layer_norm_forward_bf16(x, weight, bias, y, rows, cols, epsilon);
    KernelStatus.check(
        type, "memo_layer_norm_forward", status, "rows cols epsilon", rows, cols, epsilon);
  }

  /** Adds to dx [rows, cols], to dweight and to dbias [cols]. */
  public static void layerNormBackward(
      StorageType type,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dweight,
      MemorySegment dbias,
      long rows,
      long cols,
      float epsilon) {
    requireElements("x dy dx", type, elements(rows, cols), x, dy, dx);
    requireElements("weight", type, cols, weight);
    requireFloats("dweight dbias", cols, dweight, dbias);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_layer_norm_backward_f32(
                x, weight, dy, dx, dweight, dbias, rows, cols, epsilon)
            : MemoKernels.memo_layer_norm_backward_bf16(
                x, weight, dy, dx, dweight, dbias, rows, cols, epsilon);
    KernelStatus.check(
        type, "memo_layer_norm_backward", status, "rows cols epsilon", rows, cols, epsilon);
  }

  private static long elements(long rows, long cols) {
    return Math.multiplyExact(rows, cols);
  }
}
