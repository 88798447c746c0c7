package org.memo.cli;

import org.memo.plan.Cluster;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;

/**
 * What {@code memo plan} plans for.
 *
 * @param type that computes
 * @param decisions the costs that plans are chosen by; for this machine those that training uses
 */
record PlanTarget(Cluster cluster, ElementType type, TileChoices tiles, CostModel decisions) {}
