package org.memo.planner.allocation;

/**
 * A valid solution, and how good it is known to be.
 *
 * @param solution where each buffer lives
 * @param lowerBoundBytes no solution has a lower peak; proved, and at least {@link LowerBound#of}
 * @param optimal whether the peak is the lower bound
 * @param method who found the solution, for people
 */
public record Placement(Solution solution, long lowerBoundBytes, boolean optimal, String method) {}
