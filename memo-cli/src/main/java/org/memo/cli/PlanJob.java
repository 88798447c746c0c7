package org.memo.cli;

import org.memo.plan.Cluster;
import org.memo.plan.JobPlanner;

/** What {@code memo plan} was asked about. */
record PlanJob(String model, Cluster cluster, JobPlanner planner) {}
