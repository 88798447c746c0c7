package org.memo.train;

/**
 * What was decided before the first step.
 *
 * @param slabBytes device memory that the plan uses: its peak
 * @param slabLimitBytes device memory that was allowed
 * @param hostPoolBytes host memory for swapped activations
 * @param plainStepBytes device memory that the step would need without Memo: nothing swapped,
 *     recomputed or tiled
 * @param alpha fraction of tokens whose other skeletal activations are swapped
 * @param tileTokens tokens of a tile
 * @param layers L
 * @param residentLayers layers whose activations stay on the device
 * @param swappedBytesPerStep copied from device to host in a step
 * @param recomputedTokensPerStep tokens that go forward again in a step, over all layers
 */
public record PlanSummary(
    long slabBytes,
    long slabLimitBytes,
    long hostPoolBytes,
    long plainStepBytes,
    double alpha,
    long tileTokens,
    long layers,
    long residentLayers,
    long swappedBytesPerStep,
    long recomputedTokensPerStep) {}
