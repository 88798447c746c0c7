package org.memo.bindings.kernels;

/**
 * The numbers of one AdamW step, as {@code memo_adamw_f32} takes them.
 *
 * @param gradientScale what each gradient is multiplied with first (clipping)
 * @param biasCorrection1 1 - beta1^step
 * @param biasCorrection2 1 - beta2^step
 */
public record AdamWStep(
    double gradientScale,
    double lr,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double biasCorrection1,
    double biasCorrection2) {}
