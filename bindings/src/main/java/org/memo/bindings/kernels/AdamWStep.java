package org.memo.bindings.kernels;

/**
 * The numbers of one AdamW step, as {@code memo_adamw_f32} takes them.
 *
 * @param gradientScale what each gradient is multiplied with first (clipping)
 * @param biasCorrection1 1 - beta1^step
 * @param biasCorrection2 1 - beta2^step
 */
public record AdamWStep(
    float gradientScale,
    float lr,
    float beta1,
    float beta2,
    float epsilon,
    float weightDecay,
    float biasCorrection1,
    float biasCorrection2) {}
