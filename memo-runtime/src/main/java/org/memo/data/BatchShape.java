package org.memo.data;

/**
 * What {@link TokenWindows#read} found in a batch.
 *
 * @param numSegments runs of tokens that attend only to themselves: windows, cut at document starts
 * @param countedTargets positions whose target counts in the loss
 */
public record BatchShape(long numSegments, long countedTargets) {}
