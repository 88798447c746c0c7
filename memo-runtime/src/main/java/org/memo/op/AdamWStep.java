package org.memo.op;

/**
 * The numbers of one {@link AdamW} step.
 *
 * @param gradientScale multiplies the gradient first: the clipping coefficient
 * @param biasCorrection1 {@code 1 - beta1^step}
 * @param biasCorrection2 {@code 1 - beta2^step}
 */
public record AdamWStep(
    float gradientScale,
    float learningRate,
    float beta1,
    float beta2,
    float epsilon,
    float weightDecay,
    float biasCorrection1,
    float biasCorrection2) {}
