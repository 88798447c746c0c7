package org.memo.planner.allocation.bilevel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.allocation.AllocationPlanner;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.bilevel.PassPieces.Piece;
import org.memo.planner.allocation.bilevel.PinnedSolver.Pinned;

/** Level 1: plans each kind of pass once. */
final class PassSolver {

  private final Limits limits;
  private final Map<PassProblem, PassPlan> plans = new HashMap<>();

  PassSolver(Limits limits) {
    this.limits = limits;
  }

  /** Plans for the passes of a chain, with their borders arranged so that they are the lowest. */
  List<PassPlan> plan(PassChain chain) {
    List<PassPlan> best = List.of();
    double leastExcess = Double.POSITIVE_INFINITY;
    for (int i = 0; i < chain.arrangements() && leastExcess > 0; i++) {
      List<PassProblem> problems = chain.problems(i);
      if (problems.stream().anyMatch(this::isContradictory)) {
        continue;
      }
      List<PassPlan> arranged = problems.stream().map(this::plan).toList();
      double excess = arranged.stream().mapToDouble(PassSolver::excess).sum();
      if (excess < leastExcess && meet(problems, arranged)) {
        leastExcess = excess;
        best = arranged;
      }
    }
    return best;
  }

  /** Passes that hand something on at both edges must be of the same height. */
  private static boolean meet(List<PassProblem> problems, List<PassPlan> plans) {
    for (int i = 1; i < plans.size(); i++) {
      boolean bothEdges = !problems.get(i).incoming().sinking().isEmpty();
      if (bothEdges && plans.get(i).heightBytes() != plans.get(i - 1).heightBytes()) {
        return false;
      }
    }
    return true;
  }

  private boolean isContradictory(PassProblem problem) {
    return !plans.containsKey(problem) && new PassPieces(problem).contradict();
  }

  private static double excess(PassPlan plan) {
    return (double) plan.result().peakBytes() - plan.result().lowerBoundBytes();
  }

  private PassPlan plan(PassProblem problem) {
    PassPlan known = plans.get(problem);
    if (known == null) {
      known = solve(problem);
      plans.put(problem, known);
    }
    return known;
  }

  private PassPlan solve(PassProblem problem) {
    long startNanos = System.nanoTime();
    PassPieces pieces = new PassPieces(problem);
    Problem allocation = pieces.problem();
    long lowerBoundBytes = LowerBound.of(allocation);
    Solution solution;
    long heightBytes;
    boolean optimal;
    if (problem.hasBorders()) {
      Pinned pinned = PinnedSolver.solve(pieces, lowerBoundBytes);
      solution = pinned.solution();
      heightBytes = pinned.heightBytes();
      optimal = heightBytes == lowerBoundBytes;
    } else {
      Placement placement = AllocationPlanner.minimise(allocation, limits);
      solution = placement.solution();
      heightBytes = solution.peakBytes();
      lowerBoundBytes = placement.lowerBoundBytes();
      optimal = placement.optimal();
    }
    Validator.requireValid(allocation, solution);
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    LevelOne result =
        new LevelOne(problem.shape().kind(), heightBytes, lowerBoundBytes, optimal, seconds);
    return new PassPlan(result, heightBytes, offsets(pieces, solution));
  }

  private static Map<Integer, Long> offsets(PassPieces pieces, Solution solution) {
    Map<Integer, Long> offsets = new HashMap<>();
    List<Piece> all = pieces.all();
    for (int i = 0; i < all.size(); i++) {
      offsets.put(all.get(i).position(), solution.offsetsBytes().get(i));
    }
    return offsets;
  }
}
