package org.memo.bindings.cuda;

import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;

/** What is done to each element. Tensors are of the type, gradients of parameters f32. */
public final class CudaElements {
  private CudaElements() {}

  /** Adds bias [cols] to each row of y [rows, cols]. */
  public static void biasForward(
      StorageType type,
      DeviceAddress y,
      DeviceAddress bias,
      long rows,
      long cols,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_bias_forward(
            type.code(), y.pointer(), bias.pointer(), rows, cols, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_bias_forward", status, "type rows cols", type, rows, cols);
    }
  }

  /** Adds the column sums of dy [rows, cols] to dbias [cols]. */
  public static void biasBackward(
      StorageType type,
      DeviceAddress dy,
      DeviceAddress dbias,
      long rows,
      long cols,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_bias_backward(
            type.code(), dy.pointer(), dbias.pointer(), rows, cols, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_bias_backward", status, "type rows cols", type, rows, cols);
    }
  }

  /** y += x, n elements each. */
  public static void residualAdd(
      StorageType type, DeviceAddress y, DeviceAddress x, long n, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_residual_add(type.code(), y.pointer(), x.pointer(), n, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_residual_add", status, "type n", type, n);
    }
  }

  /** gateUp [rows, 2 ffn]: gates, then ups; act [rows, ffn] = silu(gate) * up. */
  public static void swigluForward(
      StorageType type,
      DeviceAddress gateUp,
      DeviceAddress act,
      long rows,
      long ffn,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_swiglu_forward(
            type.code(), gateUp.pointer(), act.pointer(), rows, ffn, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_swiglu_forward", status, "type rows ffn", type, rows, ffn);
    }
  }

  /** In place: gateUp becomes its gradient, dact becomes act. */
  public static void swigluBackward(
      StorageType type,
      DeviceAddress gateUp,
      DeviceAddress dact,
      long rows,
      long ffn,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_swiglu_backward(
            type.code(), gateUp.pointer(), dact.pointer(), rows, ffn, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_swiglu_backward", status, "type rows ffn", type, rows, ffn);
    }
  }

  /** act = gelu(x) in the tanh form, n elements each. */
  public static void geluForward(
      StorageType type, DeviceAddress x, DeviceAddress act, long n, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_gelu_forward(
            type.code(), x.pointer(), act.pointer(), n, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_gelu_forward", status, "type n", type, n);
    }
  }

  /** In place: x becomes its gradient, dact becomes act. */
  public static void geluBackward(
      StorageType type, DeviceAddress x, DeviceAddress dact, long n, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_gelu_backward(
            type.code(), x.pointer(), dact.pointer(), n, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_gelu_backward", status, "type n", type, n);
    }
  }

  /** target = source rounded to the type, n elements; source is f32. */
  public static void cast(
      StorageType type, DeviceAddress source, DeviceAddress target, long n, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_cast(
            type.code(), source.pointer(), target.pointer(), n, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_cast", status, "type n", type, n);
    }
  }

  /**
   * target = source rounded to the type; rows [rows, cols] that are sourceStride and targetStride
   * elements apart.
   *
   * @param sourceType F32 or the target's type
   */
  public static void copyColumns(
      StorageType type,
      StorageType sourceType,
      DeviceAddress source,
      long sourceStride,
      DeviceAddress target,
      long targetStride,
      long rows,
      long cols,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_copy_columns(
            type.code(),
            sourceType.code(),
            source.pointer(),
            sourceStride,
            target.pointer(),
            targetStride,
            rows,
            cols,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_copy_columns",
          status,
          "type source_type source_stride target_stride rows cols",
          type,
          sourceType,
          sourceStride,
          targetStride,
          rows,
          cols);
    }
  }
}
