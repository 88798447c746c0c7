package org.memo.profile;

import org.memo.planner.trace.RequestTrace;
import org.memo.step.SkeletalSizes;

/**
 * What a step asks of a device.
 *
 * @param trace its memory requests: setup, one micro-batch, optimizer
 * @param hostPoolBytes pinned host memory
 * @param swappedBytes offloaded in a micro-batch
 * @param recomputedTokens of a micro-batch, over all layers
 * @param skeletal what a layer leaves for its backward pass
 */
public record JobProfile(
    RequestTrace trace,
    long hostPoolBytes,
    long swappedBytes,
    long recomputedTokens,
    SkeletalSizes skeletal) {}
