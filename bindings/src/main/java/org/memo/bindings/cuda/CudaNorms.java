package org.memo.bindings.cuda;

import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;

/** Norms. x, y [rows, cols], weight, bias [cols] are of the type, gradients of parameters f32. */
public final class CudaNorms {
  private CudaNorms() {}

  /** y = the root-mean-square norm of x, times weight. */
  public static void rmsNormForward(
      StorageType type,
      DeviceAddress x,
      DeviceAddress weight,
      DeviceAddress y,
      long rows,
      long cols,
      float epsilon,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_rms_norm_forward(
            type.code(),
            x.pointer(),
            weight.pointer(),
            y.pointer(),
            rows,
            cols,
            epsilon,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_rms_norm_forward",
          status,
          "type rows cols epsilon",
          type,
          rows,
          cols,
          epsilon);
    }
  }

  /** Adds to dx [rows, cols] and to dweight [cols]. */
  public static void rmsNormBackward(
      StorageType type,
      DeviceAddress x,
      DeviceAddress weight,
      DeviceAddress dy,
      DeviceAddress dx,
      DeviceAddress dweight,
      long rows,
      long cols,
      float epsilon,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_rms_norm_backward(
            type.code(),
            x.pointer(),
            weight.pointer(),
            dy.pointer(),
            dx.pointer(),
            dweight.pointer(),
            rows,
            cols,
            epsilon,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_rms_norm_backward",
          status,
          "type rows cols epsilon",
          type,
          rows,
          cols,
          epsilon);
    }
  }

  /** y = the layer norm of x, times weight, plus bias. */
  public static void layerNormForward(
      StorageType type,
      DeviceAddress x,
      DeviceAddress weight,
      DeviceAddress bias,
      DeviceAddress y,
      long rows,
      long cols,
      float epsilon,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_layer_norm_forward(
            type.code(),
            x.pointer(),
            weight.pointer(),
            bias.pointer(),
            y.pointer(),
            rows,
            cols,
            epsilon,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_layer_norm_forward",
          status,
          "type rows cols epsilon",
          type,
          rows,
          cols,
          epsilon);
    }
  }

  /** Adds to dx [rows, cols], to dweight and to dbias [cols]. */
  public static void layerNormBackward(
      StorageType type,
      DeviceAddress x,
      DeviceAddress weight,
      DeviceAddress dy,
      DeviceAddress dx,
      DeviceAddress dweight,
      DeviceAddress dbias,
      long rows,
      long cols,
      float epsilon,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_layer_norm_backward(
            type.code(),
            x.pointer(),
            weight.pointer(),
            dy.pointer(),
            dx.pointer(),
            dweight.pointer(),
            dbias.pointer(),
            rows,
            cols,
            epsilon,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_layer_norm_backward",
          status,
          "type rows cols epsilon",
          type,
          rows,
          cols,
          epsilon);
    }
  }
}
