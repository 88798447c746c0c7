package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
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

/** Level 1: plans each kind of pass once. */
final class PassSolver {

  private final Limits limits;
  private final Map<PassProblem, PassPlan> plans = new HashMap<>();
  private final List<LevelOne> results = new ArrayList<>();
  private final Map<String, Integer> namesUsed = new HashMap<>();

  PassSolver(Limits limits) {
    this.limits = limits;
  }

  PassPlan plan(PassProblem problem) {
    PassPlan known = plans.get(problem);
    if (known == null) {
      known = solve(problem);
      plans.put(problem, known);
    }
    return known;
  }

  /** What was solved so far. */
  List<LevelOne> results() {
    return List.copyOf(results);
  }

  private PassPlan solve(PassProblem problem) {
    long startNanos = System.nanoTime();
    PassPieces pieces = PassPieces.of(problem);
    Problem allocation = pieces.problem();
    Placement placement =
        problem.hasBorders()
            ? pinned(pieces, allocation)
            : AllocationPlanner.minimise(allocation, limits);
    Validator.requireValid(allocation, placement.solution());
    Map<Integer, Long> offsets = new HashMap<>();
    List<Piece> all = pieces.all();
    for (int i = 0; i < all.size(); i++) {
      offsets.put(all.get(i).position(), placement.solution().offsetsBytes().get(i));
    }
    LevelOne result =
        new LevelOne(
            name(problem.shape().kind()),
            placement.solution().peakBytes(),
            placement.lowerBoundBytes(),
            placement.optimal(),
            (System.nanoTime() - startNanos) / 1e9);
    results.add(result);
    return new PassPlan(result, offsets);
  }

  private String name(String kind) {
    int number = namesUsed.merge(kind, 1, Integer::sum);
    return number == 1 ? kind : kind + " " + number;
  }

  private static Placement pinned(PassPieces pieces, Problem allocation) {
    long lowerBoundBytes = LowerBound.of(allocation);
    Solution solution = PinnedSolver.solve(pieces, lowerBoundBytes);
    return new Placement(
        solution, lowerBoundBytes, solution.peakBytes() == lowerBoundBytes, "pinned");
  }
}
