package org.memo.planner.allocation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.memo.planner.trace.TensorLife;

/**
 * Lays the buffers that live to the end of time side by side at the bottom, where weights and
 * optimizer state do not cut up the room of a step's activations, and leaves the rest to another
 * solver. Where the lower bound shows that this loses room (permanents that are born late, above
 * short-lived buffers) the other solver gets the whole problem.
 *
 * @param rest places the other buffers, as if the bottom were offset 0
 */
public record PermanentsFirstSolver(Solver rest) implements Solver {

  @Override
  public Solution solve(Problem problem) {
    long endOfTime =
        problem.buffers().stream().mapToLong(TensorLife::upper).max().orElse(Long.MIN_VALUE);
    long[] offsets = new long[problem.size()];
    long permanentBytes = 0;
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < problem.size(); i++) {
      if (problem.buffers().get(i).upper() < endOfTime) {
        others.add(i);
      } else {
        offsets[i] = permanentBytes;
        permanentBytes += problem.roomBytes(i);
      }
    }
    Problem above =
        new Problem(others.stream().map(problem.buffers()::get).toList(), problem.alignmentBytes());
    if (permanentBytes + LowerBound.of(above) > LowerBound.of(problem)) {
      return rest.solve(problem);
    }
    List<Long> offsetsAbove = rest.solve(above).offsetsBytes();
    for (int k = 0; k < others.size(); k++) {
      offsets[others.get(k)] = permanentBytes + offsetsAbove.get(k);
    }
    return Solution.of(problem, Arrays.stream(offsets).boxed().toList());
  }
}
