package org.memo.plan;

import org.memo.planner.MemoryPlan;
import org.memo.profile.JobProfile;
import org.memo.step.StepSettings;

/**
 * Everything that was decided about a step.
 *
 * @param settings its layout over time
 * @param alpha the fraction of the tokens that are swapped
 * @param memory every address in the slab
 * @param profile what the addresses were made from
 */
public record StepPlan(
    StepSettings settings, double alpha, MemoryPlan memory, JobProfile profile) {}
