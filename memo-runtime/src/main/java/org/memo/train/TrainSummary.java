package org.memo.train;

import java.nio.file.Path;

/**
 * How a run ended.
 *
 * @param steps steps that this run made
 * @param firstLoss of its first step
 * @param lastLoss of its last step
 * @param seconds that the steps took
 * @param devicePeakBytes most device memory in use
 * @param hostPeakBytes most of the pinned pool in use
 * @param plainStepBytes device memory that a step would have needed without Memo
 * @param lastCheckpoint folder of the last checkpoint
 * @param stoppedEarly whether it ended on request, before the last step
 */
public record TrainSummary(
    long steps,
    double firstLoss,
    double lastLoss,
    double seconds,
    long devicePeakBytes,
    long hostPeakBytes,
    long plainStepBytes,
    Path lastCheckpoint,
    boolean stoppedEarly) {}
