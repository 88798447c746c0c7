package org.memo.planner.swap;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.memo.planner.swap.ResidencyModel.Direction;
import org.memo.planner.swap.RoundingSlots.Contents;

/**
 * The best alpha where the number of layers of each form is given. The step's seconds are then
 * convex and piecewise linear in alpha, so that a bend or an end of the allowed range is best.
 */
final class AlphaChoice {

  private final ResidencyModel model;

  AlphaChoice(ResidencyModel model) {
    this.model = model;
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
    return DoubleStream.concat(
            DoubleStream.of(largest),
            Arrays.stream(Direction.values())
                .flatMapToDouble(direction -> bends(counts, direction))
                .filter(alpha -> alpha > 0 && alpha < largest))
        .toArray();
  }

  /** Where the stall in one direction bends. */
  private DoubleStream bends(FormCounts counts, Direction direction) {
    Line all = line(counts, some -> model.excessSeconds(some, direction));
    if (model.budgets().slots().contents() != Contents.TILES) {
      return DoubleStream.of(all.root());
    }
    Line tiles = line(counts, some -> model.tileExcessSeconds(some, direction));
    return DoubleStream.of(all.root(), tiles.root(), all.minus(tiles).root());
  }

  private static Line line(FormCounts counts, ToDoubleFunction<FormCounts> linear) {
    return new Line(
        linear.applyAsDouble(counts.withAlpha(0)), linear.applyAsDouble(counts.withAlpha(1)));
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
