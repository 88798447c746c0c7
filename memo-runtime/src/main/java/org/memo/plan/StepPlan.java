package org.memo.plan;

import org.memo.planner.MemoryPlan;
import org.memo.planner.swap.SwapFraction.Bound;
import org.memo.profile.JobProfile;
import org.memo.step.StepSettings;

/**
 * Everything that was decided about a step.
 *
 * @param settings its layout over time
 * @param alpha the fraction of the tokens that are swapped
 * @param bound what keeps alpha from being larger
 * @param memory every address in the slab
 * @param profile what the addresses were made from
 */
public record StepPlan(
    StepSettings settings, double alpha, Bound bound, MemoryPlan memory, JobProfile profile) {

  /** Whether slab and pinned pool are within limits. */
  boolean fits(MemoryLimits limits) {
    return memory.slabBytes() <= limits.deviceBytes()
        && profile.hostPoolBytes() <= limits.hostBytes();
  }
}
