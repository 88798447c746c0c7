package org.memo.cli;

import java.util.List;
import org.memo.plan.Cluster;
import org.memo.plan.JobPlanner;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;

/**
 * What {@code memo plan} was asked about.
 *
 * @param planner for one of the layouts
 * @param layouts of the GPUs, to choose from
 * @param roomier layouts for what fits in none of these
 */
record PlanJob(
    String model,
    Cluster cluster,
    JobPlanner planner,
    List<ParallelLayout> layouts,
    List<ParallelLayout> roomier) {
  PlanJob {
    layouts = List.copyOf(layouts);
    roomier = List.copyOf(roomier);
  }

  /** The same for each layout. */
  List<PlanJob> choices() {
    return layouts.stream().map(this::with).toList();
  }

  /** The same for each layout that needs less memory and more time. */
  List<PlanJob> roomierChoices() {
    return roomier.stream().map(this::with).toList();
  }

  private PlanJob with(ParallelLayout ranks) {
    return new PlanJob(model, cluster, planner.with(job().with(ranks)), layouts, roomier);
  }

  StepJob job() {
    return planner.job();
  }

  /** Query heads in attention, over all ranks of a place: with those that fill up the last. */
  long attendingHeads() {
    long ranks = job().ranks().ulysses();
    return Math.ceilDiv(job().config().numHeads(), ranks) * ranks;
  }
}
