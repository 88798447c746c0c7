package org.memo.planner.allocation;

import java.util.List;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.GreedySolver.Order;

/**
 * Asks several solvers in turn and keeps the solution with the lowest peak; the first that reaches
 * the lower bound is the last that is asked.
 *
 * @param solvers whom to ask, at least one
 */
public record PortfolioSolver(List<Solver> solvers) implements Solver {

  public PortfolioSolver {
    solvers = List.copyOf(solvers);
    if (solvers.isEmpty()) {
      throw new IllegalArgumentException("a portfolio needs at least one solver");
    }
  }

  /** The heuristics that are good on training steps: the fast ones first, then a patient one. */
  public static Solver standard() {
    return new PermanentsFirstSolver(
        new PortfolioSolver(
            List.of(
                new GreedySolver(Order.SIZE, Fit.TIGHTEST),
                new GreedySolver(Order.LIFETIME, Fit.LOWEST),
                new GreedySolver(Order.AREA, Fit.LOWEST),
                new SqueakyWheelSolver(256, 300_000_000))));
  }

  /** The fast ones alone. */
  static Solver greedy() {
    return new PortfolioSolver(
        List.of(
            new GreedySolver(Order.SIZE, Fit.TIGHTEST),
            new GreedySolver(Order.LIFETIME, Fit.LOWEST),
            new GreedySolver(Order.AREA, Fit.LOWEST)));
  }

  @Override
  public Solution solve(Problem problem) {
    long lowerBoundBytes = LowerBound.of(problem);
    Solution best = solvers.getFirst().solve(problem);
    for (Solver solver : solvers.subList(1, solvers.size())) {
      if (best.peakBytes() == lowerBoundBytes) {
        break;
      }
      Solution candidate = solver.solve(problem);
      if (candidate.peakBytes() < best.peakBytes()) {
        best = candidate;
      }
    }
    return best;
  }
}
