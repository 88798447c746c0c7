package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireElements;
import static org.memo.bindings.Segments.requireFloats;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * Element by element: biases, residuals and activations. The gradient of a bias is f32 whatever the
 * type.
 */
public final class ElementKernels {
  private ElementKernels() {}

  /** Adds bias [cols] to each row of y [rows, cols]. */
  public static void biasForward(
      StorageType type, MemorySegment y, MemorySegment bias, long rows, long cols) {
    requireElements("y", type, elements(rows, cols), y);
    requireElements("bias", type, cols, bias);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_bias_forward_f32(y, bias, rows, cols)
            : MemoKernels.memo_bias_forward_bf16(y, bias, rows, cols);
    KernelStatus.check(type, "memo_bias_forward", status, "rows cols", rows, cols);
  }

  /** Adds the column sums of dy [rows, cols] to dbias [cols]. */
  public static void biasBackward(
      StorageType type, MemorySegment dy, MemorySegment dbias, long rows, long cols) {
    requireElements("dy", type, elements(rows, cols), dy);
    requireFloats("dbias", cols, dbias);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_bias_backward_f32(dy, dbias, rows, cols)
            : MemoKernels.memo_bias_backward_bf16(dy, dbias, rows, cols);
    KernelStatus.check(type, "memo_bias_backward", status, "rows cols", rows, cols);
  }

  /** y += x, n elements each. */
  public static void residualAdd(StorageType type, MemorySegment y, MemorySegment x, long n) {
    requireElements("y x", type, n, y, x);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_residual_add_f32(y, x, n)
            : MemoKernels.memo_residual_add_bf16(y, x, n);
    KernelStatus.check(type, "memo_residual_add", status, "n", n);
  }

  /** gateUp [rows, 2 ffn]: gates, then ups; act [rows, ffn] = silu(gate) * up. */
  public static void swigluForward(
      StorageType type, MemorySegment gateUp, MemorySegment act, long rows, long ffn) {
    requireElements("gate_up", type, elements(rows, 2 * ffn), gateUp);
    requireElements("act", type, elements(rows, ffn), act);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_swiglu_forward_f32(gateUp, act, rows, ffn)
            : MemoKernels.memo_swiglu_forward_bf16(gateUp, act, rows, ffn);
    KernelStatus.check(type, "memo_swiglu_forward", status, "rows ffn", rows, ffn);
  }

  /** In place: gateUp becomes its gradient, and dact becomes act again. */
  public static void swigluBackward(
      StorageType type, MemorySegment gateUp, MemorySegment dact, long rows, long ffn) {
    requireElements("gate_up", type, elements(rows, 2 * ffn), gateUp);
    requireElements("dact", type, elements(rows, ffn), dact);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_swiglu_backward_f32(gateUp, dact, rows, ffn)
            : MemoKernels.memo_swiglu_backward_bf16(gateUp, dact, rows, ffn);
    KernelStatus.check(type, "memo_swiglu_backward", status, "rows ffn", rows, ffn);
  }

  /** act = gelu(x) by the tanh formula, n elements. */
  public static void geluForward(StorageType type, MemorySegment x, MemorySegment act, long n) {
    requireElements("x act", type, n, x, act);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_gelu_forward_f32(x, act, n)
            : MemoKernels.memo_gelu_forward_bf16(x, act, n);
    KernelStatus.check(type, "memo_gelu_forward", status, "n", n);
  }

  /** In place: x becomes its gradient, and dact becomes act again. */
  public static void geluBackward(StorageType type, MemorySegment x, MemorySegment dact, long n) {
    requireElements("x dact", type, n, x, dact);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_gelu_backward_f32(x, dact, n)
            : MemoKernels.memo_gelu_backward_bf16(x, dact, n);
    KernelStatus.check(type, "memo_gelu_backward", status, "n", n);
  }

  private static long elements(long rows, long cols) {
    return Math.multiplyExact(rows, cols);
  }
}
