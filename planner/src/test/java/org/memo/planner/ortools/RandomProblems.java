package org.memo.planner.ortools;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.memo.planner.allocation.Problem;
import org.memo.planner.io.AllocationCsv;
import org.memo.planner.trace.TensorLife;

/** Small problems of which many cannot reach the lower bound, and a published hard one. */
final class RandomProblems {

  private RandomProblems() {}

  /** A problem from rows of lower, upper, size. */
  static Problem of(long alignmentBytes, long[]... rows) {
    List<TensorLife> buffers = new ArrayList<>();
    for (long[] row : rows) {
      buffers.add(new TensorLife("b" + buffers.size(), row[0], row[1], row[2]));
    }
    return new Problem(buffers, alignmentBytes);
  }

  /** Few moments and few sizes, so that buffers hinder each other and some are equal. */
  static Problem crowded(Random random, int count) {
    long[][] rows = new long[count][];
    for (int i = 0; i < count; i++) {
      long lower = random.nextInt(8);
      rows[i] = new long[] {lower, lower + 1 + random.nextInt(5), 1 + random.nextInt(12)};
    }
    return of(1L << random.nextInt(3), rows);
  }

  /** Each of {@code count} buffers is alive together with the {@code overlap} ones after it. */
  static Problem stairs(int count, int overlap) {
    long[][] rows = new long[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = new long[] {i, i + overlap, 1 + i % 7};
    }
    return of(1, rows);
  }

  /** MiniMalloc's problem A: 154 buffers, 1,048,576 bytes, every greedy is 29 % above. */
  static Problem hard() throws Exception {
    Path file = Path.of(RandomProblems.class.getResource("/minimalloc/A.1048576.csv").toURI());
    return AllocationCsv.read(file, 1).problem();
  }
}
