package org.memo.op;

/**
 * The numbers of one {@link AdamW} step.
 *
 * @param gradientScale multiplies the gradient first: the clipping coefficient
 * @param biasCorrection1 {@code 1 - beta1^step}
 * @param biasCorrection2 {@code 1 - beta2^step}
 */
public record AdamWStep(
    double gradientScale,
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double biasCorrection1,
    double biasCorrection2) {}
