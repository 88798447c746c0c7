package org.memo.planner;

import org.memo.planner.trace.TensorLife;

/**
 * One allocation of a plan.
 *
 * @param name the name under which it is requested
 * @param lower index of the request that allocates it
 * @param upper index of the request that frees it, or of the end of the trace
 * @param sizeBytes bytes requested, above 0
 * @param offsetBytes where it starts in the slab
 */
public record PlannedTensor(String name, long lower, long upper, long sizeBytes, long offsetBytes) {

  /** Its stay in memory. Throws {@link IllegalArgumentException} if there can be no such. */
  TensorLife life() {
    return new TensorLife(name, lower, upper, sizeBytes);
  }
}
