package org.memo.bindings.cuda;

import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.kernels.AdamWStep;

/** The loss and the optimizer. */
public final class CudaTraining {
  private CudaTraining() {}

  /**
   * logits [rows, vocab] become their gradient; adds the losses to lossSum, an f64 of the device.
   * Faults on targets [rows], i32, of vocab and above; a negative one does not count.
   */
  public static void crossEntropy(
      StorageType type,
      DeviceAddress logits,
      DeviceAddress targets,
      DeviceAddress lossSum,
      long rows,
      long vocab,
      float scale,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_cross_entropy(
            type.code(),
            logits.pointer(),
            targets.pointer(),
            lossSum.pointer(),
            rows,
            vocab,
            scale,
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure(
          "memo_cuda_cross_entropy", status, "type rows vocab scale", type, rows, vocab, scale);
    }
  }

  /** Adds the squares of x, n elements of f32, to sum, an f64 of the device. */
  public static void sumOfSquares(DeviceAddress x, long n, DeviceAddress sum, CudaQueue queue) {
    int status = MemoCuda.memo_cuda_sum_of_squares(x.pointer(), n, sum.pointer(), queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_sum_of_squares", status, "n", n);
    }
  }

  /**
   * One AdamW step of n parameters; w, m, v and gradient are f32, and the gradient becomes zero.
   *
   * @param weights receives w rounded to the type, or {@link DeviceAddress#NONE}
   */
  public static void adamW(
      StorageType type,
      DeviceAddress w,
      DeviceAddress m,
      DeviceAddress v,
      DeviceAddress gradient,
      DeviceAddress weights,
      long n,
      AdamWStep step,
      CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_adamw(
            type.code(),
            w.pointer(),
            m.pointer(),
            v.pointer(),
            gradient.pointer(),
            weights.pointer(),
            n,
            step.gradientScale(),
            step.lr(),
            step.beta1(),
            step.beta2(),
            step.epsilon(),
            step.weightDecay(),
            step.biasCorrection1(),
            step.biasCorrection2(),
            queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_adamw", status, "type n step", type, n, step);
    }
  }
}
