package org.memo.planner.allocation.bilevel;

import java.util.Map;

/**
 * The answer to a {@link PassProblem}.
 *
 * @param result what it came to
 * @param heightBytes of the pass's block
 * @param offsetsBytes by position: of the request that allocates an inner or outgoing tensor, or
 *     that frees an incoming one
 */
record PassPlan(LevelOne result, long heightBytes, Map<Integer, Long> offsetsBytes) {

  PassPlan {
    offsetsBytes = Map.copyOf(offsetsBytes);
  }

  /** Where a tensor at an offset lies when the pass stands on its head. */
  long mirroredBytes(long offsetBytes, long roomBytes) {
    return heightBytes - offsetBytes - roomBytes;
  }
}
