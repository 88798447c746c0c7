package org.memo.planner.ortools;

import com.google.ortools.sat.CpModel;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.DecisionStrategyProto.DomainReductionStrategy;
import com.google.ortools.sat.DecisionStrategyProto.VariableSelectionStrategy;
import com.google.ortools.sat.IntVar;
import com.google.ortools.sat.IntervalVar;
import com.google.ortools.sat.LinearArgument;
import com.google.ortools.sat.LinearExpr;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/**
 * A problem for CP-SAT: as times are fixed, only offsets are decided, and each set of buffers that
 * are alive together is one no-overlap constraint of intervals in address space. Offsets count in
 * {@link Units#offsetBytes}.
 */
final class PlacementModel {

  private final Problem problem;
  private final Units units;
  private final Collection<List<Integer>> equals;
  private final CpModel model = new CpModel();
  private final IntVar[] offsets;

  /** The model in which no buffer ends above a capacity, which each fits on its own. */
  PlacementModel(Problem problem, List<int[]> liveSets, long capacityBytes) {
    this.problem = problem;
    units = Units.of(problem);
    equals = equals(problem);
    offsets = new IntVar[problem.size()];
    IntervalVar[] intervals = new IntervalVar[problem.size()];
    OffsetDomains domains =
        new OffsetDomains(problem, liveSets, units.offsetBytes(), capacityBytes);
    for (int i = 0; i < problem.size(); i++) {
      offsets[i] = model.newIntVarFromDomain(domains.domain(i), "");
      intervals[i] = model.newFixedSizeIntervalVar(offsets[i], roomUnits(i), "");
    }
    for (int[] set : liveSets) {
      IntervalVar[] live = new IntervalVar[set.length];
      for (int i = 0; i < set.length; i++) {
        live[i] = intervals[set[i]];
      }
      model.addNoOverlap(live);
    }
    equals.forEach(this::stack);
  }

  /** The groups of buffers that could change places. */
  private static Collection<List<Integer>> equals(Problem problem) {
    record Shape(long lower, long upper, long sizeBytes) {}
    Map<Shape, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < problem.size(); i++) {
      TensorLife buffer = problem.buffers().get(i);
      Shape shape = new Shape(buffer.lower(), buffer.upper(), buffer.sizeBytes());
      groups.computeIfAbsent(shape, first -> new ArrayList<>()).add(i);
    }
    return groups.values();
  }

  private void stack(List<Integer> equalBuffers) {
    for (int i = 1; i < equalBuffers.size(); i++) {
      int below = equalBuffers.get(i - 1);
      model.addLessOrEqual(
          LinearExpr.affine(offsets[below], 1, roomUnits(below)), offsets[equalBuffers.get(i)]);
    }
  }

  /** Lets a fixed search place the buffer that can lie lowest next, as low as it can. */
  void placeLowestFirst(List<Integer> order) {
    LinearArgument[] inOrder =
        order.stream().map(buffer -> offsets[buffer]).toArray(LinearArgument[]::new);
    model.addDecisionStrategy(
        inOrder,
        VariableSelectionStrategy.CHOOSE_LOWEST_MIN,
        DomainReductionStrategy.SELECT_MIN_VALUE);
  }

  /** Adds the peak, in {@link Units#endBytes}, as what to minimise within the given range. */
  IntVar minimisePeak(long lowestUnits, long highestUnits) {
    IntVar peak = model.newIntVar(lowestUnits, highestUnits, "peak");
    long scale = units.offsetBytes() / units.endBytes();
    for (int i = 0; i < offsets.length; i++) {
      long sizeUnits = problem.buffers().get(i).sizeBytes() / units.endBytes();
      model.addLessOrEqual(LinearExpr.affine(offsets[i], scale, sizeUnits), peak);
    }
    model.minimize(peak);
    return peak;
  }

  /** Tells the solver of a solution, with equal buffers stacked in their order. */
  void hint(Solution solution) {
    for (List<Integer> group : equals) {
      List<Long> bytes = group.stream().map(solution.offsetsBytes()::get).sorted().toList();
      for (int i = 0; i < group.size(); i++) {
        model.addHint(offsets[group.get(i)], bytes.get(i) / units.offsetBytes());
      }
    }
  }

  private long roomUnits(int buffer) {
    return problem.roomBytes(buffer) / units.offsetBytes();
  }

  CpModel model() {
    return model;
  }

  Units units() {
    return units;
  }

  /** The solution that a solver has found. */
  Solution read(CpSolver solver) {
    List<Long> bytes = new ArrayList<>();
    for (IntVar offset : offsets) {
      bytes.add(solver.value(offset) * units.offsetBytes());
    }
    return Solution.of(problem, bytes);
  }
}
