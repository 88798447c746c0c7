package org.memo.planner.allocation.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/** Problems so small that every way to place them can be tried. */
final class TinyProblems {

  private TinyProblems() {}

  static Problem random(Random random, int count) {
    List<TensorLife> buffers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long lower = random.nextInt(6);
      long upper = lower + 1 + random.nextInt(4);
      buffers.add(new TensorLife("b" + i, lower, upper, 1 + random.nextInt(9)));
    }
    return new Problem(buffers, 1 + random.nextInt(3));
  }

  /**
   * The lowest peak there is. Pushed down as far as it will go, a best solution is what comes of
   * placing the buffers in the order of its offsets, each just above the highest that it overlaps.
   */
  static long optimum(Problem problem) {
    return optimum(problem, new long[problem.size()], new boolean[problem.size()], 0);
  }

  private static long optimum(Problem problem, long[] offsets, boolean[] placed, long peak) {
    long best = Long.MAX_VALUE;
    boolean complete = true;
    for (int next = 0; next < problem.size(); next++) {
      if (!placed[next]) {
        complete = false;
        offsets[next] = topBelow(problem, offsets, placed, next);
        long end = offsets[next] + problem.buffers().get(next).sizeBytes();
        placed[next] = true;
        best = Math.min(best, optimum(problem, offsets, placed, Math.max(peak, end)));
        placed[next] = false;
      }
    }
    return complete ? peak : best;
  }

  private static long topBelow(Problem problem, long[] offsets, boolean[] placed, int next) {
    long top = 0;
    for (int other = 0; other < problem.size(); other++) {
      if (placed[other] && problem.buffers().get(other).overlaps(problem.buffers().get(next))) {
        top = Math.max(top, offsets[other] + problem.roomBytes(other));
      }
    }
    return top;
  }
}
