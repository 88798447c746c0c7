package org.memo.planner.ortools;

import com.google.ortools.linearsolver.MPConstraint;
import com.google.ortools.linearsolver.MPSolver;
import com.google.ortools.linearsolver.MPSolver.ResultStatus;
import com.google.ortools.linearsolver.MPVariable;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;

/**
 * The paper's mixed integer program for SCIP, everything counted in {@link Units#endBytes}.
 *
 * <pre>
 *   minimise M
 *   A_i + S_i &lt;= M
 *   A_i + S_i &lt;= A_j + z_ij M_cap         for i, j alive together: z_ij = 0 puts i below j,
 *   A_j + S_j &lt;= A_i + (1 - z_ij) M_cap   z_ij = 1 above it
 *   max live &lt;= M &lt;= M_cap,   0 &lt;= A_i
 * </pre>
 */
final class BigMProgram implements AutoCloseable {

  private final Problem problem;
  private final double unitBytes;
  private final MPSolver solver = MPSolver.createSolver("SCIP");
  private final MPVariable peak;
  private final MPVariable[] offsets;
  private final MPVariable[] above;

  /** {@code start} is a valid solution, from which the search starts and below which it ends. */
  BigMProgram(Problem problem, List<Overlap> overlaps, Solution start) {
    this.problem = problem;
    unitBytes = Units.of(problem).endBytes();
    double cap = (start.peakBytes() + problem.alignmentBytes()) / unitBytes;
    peak =
        solver.makeNumVar(LowerBound.of(problem) / unitBytes, start.peakBytes() / unitBytes, "M");
    offsets = solver.makeNumVarArray(problem.size(), 0, cap, "A");
    above = solver.makeBoolVarArray(overlaps.size(), "z");
    for (int i = 0; i < problem.size(); i++) {
      double size = problem.buffers().get(i).sizeBytes() / unitBytes;
      atMost(offsets[i], peak, -size);
    }
    for (int pair = 0; pair < above.length; pair++) {
      int i = overlaps.get(pair).first();
      int j = overlaps.get(pair).second();
      atMost(offsets[i], offsets[j], -room(i)).setCoefficient(above[pair], -cap);
      atMost(offsets[j], offsets[i], cap - room(j)).setCoefficient(above[pair], cap);
    }
    solver.objective().setCoefficient(peak, 1);
    solver.objective().setMinimization();
    hint(overlaps, start);
  }

  private double room(int buffer) {
    return problem.roomBytes(buffer) / unitBytes;
  }

  /** left <= right + constant. */
  private MPConstraint atMost(MPVariable left, MPVariable right, double constant) {
    MPConstraint constraint = solver.makeConstraint(-MPSolver.infinity(), constant);
    constraint.setCoefficient(left, 1);
    constraint.setCoefficient(right, -1);
    return constraint;
  }

  private void hint(List<Overlap> overlaps, Solution start) {
    List<Long> bytes = start.offsetsBytes();
    int count = 1 + offsets.length + above.length;
    MPVariable[] variables = new MPVariable[count];
    double[] values = new double[count];
    variables[0] = peak;
    values[0] = start.peakBytes() / unitBytes;
    for (int i = 0; i < offsets.length; i++) {
      variables[1 + i] = offsets[i];
      values[1 + i] = bytes.get(i) / unitBytes;
    }
    for (int pair = 0; pair < above.length; pair++) {
      Overlap overlap = overlaps.get(pair);
      variables[1 + offsets.length + pair] = above[pair];
      boolean isAbove = bytes.get(overlap.first()) > bytes.get(overlap.second());
      values[1 + offsets.length + pair] = isAbove ? 1 : 0;
    }
    solver.setHint(variables, values);
  }

  ResultStatus solve(Duration timeout) {
    solver.setTimeLimit(Math.max(1, timeout.toMillis()));
    return solver.solve();
  }

  /** The offsets found, as the solver's floating point has them. */
  double[] offsetsUnits() {
    return Arrays.stream(offsets).mapToDouble(MPVariable::solutionValue).toArray();
  }

  /** No peak is lower, as far as floating point goes. */
  double boundUnits() {
    return solver.objective().bestBound();
  }

  @Override
  public void close() {
    solver.delete();
  }
}
