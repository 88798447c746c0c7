package org.memo.cli;

import java.util.Optional;
import org.memo.plan.Cluster;
import org.memo.plan.JobPlanner;
import org.memo.profile.StepJob;

/**
 * What {@code memo plan} was asked about.
 *
 * @param wider the same with more ranks for a sequence, which needs less memory; its query heads
 *     are padded
 */
record PlanJob(String model, Cluster cluster, JobPlanner planner, Optional<PlanJob> wider) {

  /** Query heads in attention, over all ranks of a sequence: with those that fill up the last. */
  long attendingHeads() {
    StepJob job = planner.job();
    long ranks = job.ranks().sequenceParallel();
    return Math.ceilDiv(job.config().numHeads(), ranks) * ranks;
  }
}
