package org.memo.planner.allocation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.trace.TensorLife;

/**
 * Packs again and again, biggest buffers first, and each time lets those that ended up above the
 * lower bound count as bigger: the wheel that squeaks gets the grease. Stops at the lower bound or
 * when its work is done; the best packing seen is the answer.
 *
 * @param maxRounds how often to pack at most, at least once
 * @param maxWork after how many looks at a neighbour no further round is begun; unlike a limit in
 *     seconds it gives the same answer on every machine, and a billion takes a few seconds
 */
public record SqueakyWheelSolver(int maxRounds, long maxWork) implements Solver {

  /** Small enough that a buffer climbs past few others at a time. */
  private static final double GREASE = 1.2;

  @Override
  public Solution solve(Problem problem) {
    long lowerBoundBytes = LowerBound.of(problem);
    double[] weights = problem.buffers().stream().mapToDouble(TensorLife::sizeBytes).toArray();
    Packer packer = new Packer(problem, Fit.LOWEST);
    Solution best = pack(problem, packer, weights);
    Solution last = best;
    for (int round = 1; round < maxRounds && packer.workDone() < maxWork; round++) {
      if (best.peakBytes() == lowerBoundBytes) {
        break;
      }
      grease(weights, problem, last, lowerBoundBytes);
      last = pack(problem, packer, weights);
      if (last.peakBytes() < best.peakBytes()) {
        best = last;
      }
    }
    return best;
  }

  private static Solution pack(Problem problem, Packer packer, double[] weights) {
    int[] heaviestFirst =
        IntStream.range(0, weights.length)
            .boxed()
            .sorted(Comparator.comparingDouble(buffer -> -weights[buffer]))
            .mapToInt(Integer::intValue)
            .toArray();
    return Solution.of(problem, Arrays.stream(packer.pack(heaviestFirst)).boxed().toList());
  }

  private static void grease(
      double[] weights, Problem problem, Solution solution, long lowerBoundBytes) {
    for (int i = 0; i < weights.length; i++) {
      if (solution.offsetsBytes().get(i) + problem.roomBytes(i) > lowerBoundBytes) {
        weights[i] *= GREASE;
      }
    }
  }
}
