package org.memo.planner.allocation.bilevel;

/**
 * What level 1 came to for one kind of pass.
 *
 * @param kind the trace's name for it; several have the same where passes of that name differ
 * @param peakBytes the height of the pass's block
 * @param lowerBoundBytes no plan of the pass is lower
 * @param optimal whether the peak is proved to be the lowest
 * @param seconds of wall-clock time that this took
 */
public record LevelOne(
    String kind, long peakBytes, long lowerBoundBytes, boolean optimal, double seconds) {}
