package org.memo.device;

import org.memo.bindings.StorageType;
import org.memo.op.AdamWStep;
import org.memo.planner.cost.ElementType;

/** What operations hold, as the native kernels of every device take it. */
public final class KernelArguments {
  private KernelArguments() {}

  /** A type of elements. */
  public static StorageType storage(ElementType type) {
    return switch (type) {
      case F32 -> StorageType.F32;
      case BF16 -> StorageType.BF16;
    };
  }

  /** The numbers of an optimizer step. */
  public static org.memo.bindings.kernels.AdamWStep numbers(AdamWStep step) {
    return new org.memo.bindings.kernels.AdamWStep(
        step.gradientScale(),
        step.learningRate(),
        step.beta1(),
        step.beta2(),
        step.epsilon(),
        step.weightDecay(),
        step.biasCorrection1(),
        step.biasCorrection2());
  }
}
