package org.memo.planner.ortools;

import com.google.ortools.sat.CpModel;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.IntVar;
import com.google.ortools.sat.IntervalVar;
import com.google.ortools.sat.LinearArgument;
import com.google.ortools.sat.LinearExpr;
import com.google.ortools.util.Domain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/**
 * A problem for CP-SAT: as times are fixed, only offsets are decided, and each set of buffers that
 * are alive together is one no-overlap constraint of intervals in address space. Offsets count in
 * the greatest common divisor of all rooms: pushed down as far as it goes, every buffer of any
 * solution comes to lie at a sum of rooms.
 */
final class PlacementModel {

  private final Problem problem;
  private final long unitBytes;
  private final CpModel model = new CpModel();
  private final IntVar[] offsets;

  private PlacementModel(Problem problem, List<int[]> liveSets, IntFunction<Domain> domains) {
    this.problem = problem;
    unitBytes = unitBytes(problem);
    offsets = new IntVar[problem.size()];
    IntervalVar[] intervals = new IntervalVar[problem.size()];
    for (int i = 0; i < problem.size(); i++) {
      offsets[i] = model.newIntVarFromDomain(domains.apply(i), "");
      intervals[i] = model.newFixedSizeIntervalVar(offsets[i], roomUnits(i), "");
    }
    for (int[] set : liveSets) {
      IntervalVar[] live = new IntervalVar[set.length];
      for (int i = 0; i < set.length; i++) {
        live[i] = intervals[set[i]];
      }
      model.addNoOverlap(live);
    }
    stackEquals();
  }

  /** The model in which no buffer ends above a capacity, which each fits on its own. */
  static PlacementModel below(long capacityBytes, Problem problem, List<int[]> liveSets) {
    OffsetDomains domains = new OffsetDomains(problem, liveSets, unitBytes(problem), capacityBytes);
    return new PlacementModel(problem, liveSets, domains::domain);
  }

  /** What all rooms are multiples of. */
  private static long unitBytes(Problem problem) {
    long unitBytes = 0;
    for (int i = 0; i < problem.size(); i++) {
      unitBytes = gcd(unitBytes, problem.roomBytes(i));
    }
    return unitBytes;
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** Buffers that could change places lie above each other in their order. */
  private void stackEquals() {
    record Shape(long lower, long upper, long sizeBytes) {}
    Map<Shape, Integer> last = new HashMap<>();
    for (int i = 0; i < problem.size(); i++) {
      TensorLife buffer = problem.buffers().get(i);
      Shape shape = new Shape(buffer.lower(), buffer.upper(), buffer.sizeBytes());
      Integer below = last.put(shape, i);
      if (below != null) {
        model.addLessOrEqual(LinearExpr.affine(offsets[below], 1, roomUnits(below)), offsets[i]);
      }
    }
  }

  private long roomUnits(int buffer) {
    return problem.roomBytes(buffer) / unitBytes;
  }

  CpModel model() {
    return model;
  }

  IntVar offset(int buffer) {
    return offsets[buffer];
  }

  LinearArgument[] offsets(List<Integer> order) {
    return order.stream().map(buffer -> offsets[buffer]).toArray(LinearArgument[]::new);
  }

  /** The solution that a solver has found. */
  Solution read(CpSolver solver) {
    List<Long> bytes = new ArrayList<>();
    for (IntVar offset : offsets) {
      bytes.add(solver.value(offset) * unitBytes);
    }
    return Solution.of(problem, bytes);
  }
}
