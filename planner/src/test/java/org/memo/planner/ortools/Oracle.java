package org.memo.planner.ortools;

import org.memo.planner.allocation.Problem;

/**
 * The optimal peak of a problem of a few buffers, by trying all orders: an optimal solution in
 * which no buffer can be let down arises when its buffers are dropped in the order of their
 * offsets.
 */
final class Oracle {

  private final Problem problem;
  private final long[] offsets;
  private final boolean[] placed;
  private long bestBytes = Long.MAX_VALUE;

  private Oracle(Problem problem) {
    this.problem = problem;
    offsets = new long[problem.size()];
    placed = new boolean[problem.size()];
  }

  static long optimalPeakBytes(Problem problem) {
    Oracle oracle = new Oracle(problem);
    oracle.dropNext(0, 0);
    return oracle.bestBytes;
  }

  private void dropNext(int count, long peakBytes) {
    if (peakBytes >= bestBytes) {
      return;
    }
    if (count == offsets.length) {
      bestBytes = peakBytes;
      return;
    }
    for (int i = 0; i < offsets.length; i++) {
      if (!placed[i]) {
        offsets[i] = floorBytes(i);
        placed[i] = true;
        long endBytes = offsets[i] + problem.buffers().get(i).sizeBytes();
        dropNext(count + 1, Math.max(peakBytes, endBytes));
        placed[i] = false;
      }
    }
  }

  private long floorBytes(int buffer) {
    long floor = 0;
    for (int j = 0; j < offsets.length; j++) {
      if (placed[j] && problem.buffers().get(j).overlaps(problem.buffers().get(buffer))) {
        floor = Math.max(floor, offsets[j] + problem.roomBytes(j));
      }
    }
    return floor;
  }
}
