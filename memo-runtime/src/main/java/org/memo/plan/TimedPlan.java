package org.memo.plan;

/**
 * A plan and how long its step would take.
 *
 * @param seconds predicted
 */
record TimedPlan(StepPlan plan, double seconds) {}
