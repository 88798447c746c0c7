package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireDoubles;
import static org.memo.bindings.Segments.requireElements;
import static org.memo.bindings.Segments.requireFloats;
import static org.memo.bindings.Segments.requireInts;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/** The loss, and what training does once a step: the gradient's norm and AdamW. */
public final class TrainingKernels {
  private TrainingKernels() {}

  /**
   * logits [rows, vocab] become their gradient times {@code scale}; targets [rows] i32, negative
   * where a token does not count; the unscaled losses are added to lossSum [1] f64.
   */
  public static void crossEntropy(
      StorageType type,
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment lossSum,
      long rows,
      long vocab,
      float scale) {
    requireElements("logits", type, elements(rows, vocab), logits);
    requireInts("targets", rows, targets);
    requireDoubles("loss_sum", 1, lossSum);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_cross_entropy_f32(logits, targets, lossSum, rows, vocab, scale)
            : MemoKernels.memo_cross_entropy_bf16(logits, targets, lossSum, rows, vocab, scale);
    KernelStatus.check(type, "memo_cross_entropy", status, "rows vocab scale", rows, vocab, scale);
  }

  /** Adds the sum of x[i]^2 over n elements to sum [1] f64. */
  public static void sumOfSquares(MemorySegment x, long n, MemorySegment sum) {
    requireFloats("x", n, x);
    requireDoubles("sum", 1, sum);
    KernelStatus.check(
        "memo_sum_of_squares_f32", MemoKernels.memo_sum_of_squares_f32(x, n, sum), "n", n);
  }

  /** One AdamW step over n elements; the gradient is zero afterwards. All of it is f32. */
  public static void adamw(
      MemorySegment w,
      MemorySegment m,
      MemorySegment v,
      MemorySegment gradient,
      long n,
      AdamWStep step) {
    requireFloats("w m v gradient", n, w, m, v, gradient);
    int status =
        MemoKernels.memo_adamw_f32(
            w,
            m,
            v,
            gradient,
            n,
            step.gradientScale(),
            step.lr(),
            step.beta1(),
            step.beta2(),
            step.epsilon(),
            step.weightDecay(),
            step.biasCorrection1(),
            step.biasCorrection2());
    KernelStatus.check("memo_adamw_f32", status, "n step", n, step);
  }

  /** The same, and weights [n] bf16 become w rounded. */
  public static void adamwOfBf16Weights(
      MemorySegment w,
      MemorySegment m,
      MemorySegment v,
      MemorySegment gradient,
      MemorySegment weights,
      long n,
      AdamWStep step) {
    requireFloats("w m v gradient", n, w, m, v, gradient);
    requireElements("weights", StorageType.BF16, n, weights);
    int status =
        MemoKernels.memo_adamw_bf16(
            w,
            m,
            v,
            gradient,
            weights,
            n,
            step.gradientScale(),
            step.lr(),
            step.beta1(),
            step.beta2(),
            step.epsilon(),
            step.weightDecay(),
            step.biasCorrection1(),
            step.biasCorrection2());
    KernelStatus.check("memo_adamw_bf16", status, "n step", n, step);
  }

  private static long elements(long rows, long cols) {
    return Math.multiplyExact(rows, cols);
  }
}
