package org.memo.planner.swap;

import java.util.stream.DoubleStream;
import org.memo.planner.swap.RoundingSlots.Contents;

/**
 * The best alpha where the number of layers of each form is given. The step's seconds are then
 * convex and piecewise linear in alpha, so that a bend or an end of the allowed range is best.
 */
final class AlphaChoice {

  private final ResidencyModel model;
  private final LayerCosts costs;
  private final Budgets budgets;

  AlphaChoice(ResidencyModel model) {
    this.model = model;
    this.costs = model.costs();
    this.budgets = model.budgets();
  }

  /** The counts with their best alpha, the smallest if several are; they must fit at alpha = 0. */
  FormCounts best(FormCounts counts) {
    FormCounts best = counts.withAlpha(0);
    double largest = model.largestAlpha(counts);
    if (counts.swapped() == 0 || !(largest > 0)) {
      return best;
    }
    double bestSeconds = model.stepSeconds(best);
    for (double alpha : candidates(counts, largest)) {
      FormCounts candidate = counts.withAlpha(alpha);
      double seconds = model.stepSeconds(candidate);
      // A difference of rounding alone is none: then the smaller alpha copies less.
      double tolerance = 1e-12 * bestSeconds;
      if (seconds < bestSeconds - tolerance
          || seconds < bestSeconds + tolerance && alpha < best.alpha()) {
        best = candidate;
        bestSeconds = seconds;
      }
    }
    return best;
  }

  private double[] candidates(FormCounts counts, double largest) {
    DoubleStream bends =
        DoubleStream.concat(
            bends(counts, budgets.offloadBytesPerSecond(), 0, 1),
            bends(counts, budgets.prefetchBytesPerSecond(), 1, 2));
    return DoubleStream.concat(
            DoubleStream.of(largest), bends.filter(alpha -> alpha > 0 && alpha < largest))
        .toArray();
  }

  /** Where the stall in one direction bends. */
  private DoubleStream bends(
      FormCounts counts, double bytesPerSecond, int recomputationHides, int tokenWisePasses) {
    Line all =
        new Line(
            aggregate(counts.withAlpha(0), bytesPerSecond, recomputationHides),
            aggregate(counts.withAlpha(1), bytesPerSecond, recomputationHides));
    if (budgets.slots().contents() != Contents.TILES) {
      return DoubleStream.of(all.root());
    }
    double tokenWise = counts.swapped() * tokenWisePasses * costs.othersRecomputeSeconds();
    double others = counts.swapped() * ResidencyModel.seconds(costs.othersBytes(), bytesPerSecond);
    Line tiles = new Line(-tokenWise, others - tokenWise);
    return DoubleStream.of(all.root(), tiles.root(), all.minus(tiles).root());
  }

  private double aggregate(FormCounts counts, double bytesPerSecond, int recomputationHides) {
    double hiding =
        recomputationHides == 0
            ? model.hidingSeconds(costs.forwardSeconds())
            : model.hidingSeconds(costs.backwardSeconds()) + model.recomputeSeconds(counts);
    double copied =
        model.fixedCopiedBytes(counts.swapped(), counts.recomputedFromHost())
            + counts.alpha() * model.copyingOthers(counts.swapped()) * costs.othersBytes();
    return ResidencyModel.seconds(copied, bytesPerSecond) - hiding;
  }

  /** A function that is linear in alpha. */
  private record Line(double at0, double at1) {
    /** Where it is 0; not a number if nowhere or everywhere. */
    double root() {
      return at0 / (at0 - at1);
    }

    Line minus(Line other) {
      return new Line(at0 - other.at0, at1 - other.at1);
    }
  }
}
