package org.memo.planner.allocation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.GreedySolver.Order;
import org.memo.planner.allocation.search.Deadline;

/**
 * Heuristics, the cheap ones first, until one reaches the goal or the time is up. However large the
 * problem, a first solution is there after n log n.
 */
final class FirstSolution {

  /** How many buffers the greedy solvers place in a fraction of a second, whatever they overlap. */
  private static final int FEW = 10_000;

  /** How many looks at a neighbour take about a millisecond. */
  private static final long WORK_PER_MILLISECOND = 100_000;

  private static final Duration MOST_FOR_ONE = Duration.ofSeconds(10);

  private final Problem problem;
  private final Deadline deadline;
  private final long goalBytes;
  private final Duration reserved;
  private Solution best;

  private FirstSolution(Problem problem, long goalBytes, Deadline deadline, Solver first) {
    this.problem = problem;
    this.goalBytes = goalBytes;
    this.deadline = deadline;
    long begin = System.nanoTime();
    best = first.solve(problem);
    reserved = Duration.ofNanos(2 * (System.nanoTime() - begin));
  }

  /** The best solution that the heuristics have found when they reach the goal or the deadline. */
  static Solution of(Problem problem, long goalBytes, Deadline deadline) {
    boolean areFew = problem.size() <= FEW;
    Solver cheapest =
        areFew ? PortfolioSolver.greedy() : new SweepSolver(SweepSolver.Direction.FORWARD);
    FirstSolution first = new FirstSolution(problem, goalBytes, deadline, cheapest);
    if (areFew) {
      first.ask(new PermanentsFirstSolver(cheapest));
    } else {
      first.ask(new SweepSolver(SweepSolver.Direction.BACKWARD));
      first.askGreedy();
    }
    return first.best;
  }

  private boolean isDone() {
    return best.peakBytes() <= goalBytes || timeLeft().isZero();
  }

  /** Another heuristic takes as long as the first has, and to check the solution about as long. */
  private Duration timeLeft() {
    Duration left = deadline.remaining().minus(reserved);
    return left.isNegative() || deadline.expired() ? Duration.ZERO : left;
  }

  private void ask(Solver solver) {
    if (!isDone()) {
      keep(solver.solve(problem));
    }
  }

  private void askGreedy() {
    for (Fit fit : List.of(Fit.TIGHTEST, Fit.LOWEST)) {
      for (Order order : Order.values()) {
        if (!isDone()) {
          Duration time = timeLeft().compareTo(MOST_FOR_ONE) < 0 ? timeLeft() : MOST_FOR_ONE;
          Optional<Solution> solution =
              new GreedySolver(order, fit).solve(problem, time.toMillis() * WORK_PER_MILLISECOND);
          solution.ifPresent(this::keep);
        }
      }
    }
  }

  private void keep(Solution solution) {
    if (solution.peakBytes() < best.peakBytes()) {
      best = solution;
    }
  }
}
