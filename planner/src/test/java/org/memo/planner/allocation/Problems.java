package org.memo.planner.allocation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.memo.planner.trace.TensorLife;

/** Families of problems for tests. The same seed gives the same problem. */
final class Problems {

  private Problems() {}

  /** A problem from rows of lower, upper, size. */
  static Problem of(long alignmentBytes, long[]... rows) {
    List<TensorLife> buffers = new ArrayList<>();
    for (long[] row : rows) {
      buffers.add(new TensorLife("b" + buffers.size(), row[0], row[1], row[2]));
    }
    return new Problem(buffers, alignmentBytes);
  }

  /** Buffers of any lifespan and size, with many equal moments and sizes. */
  static Problem random(Random random, int count, int endOfTime, int maxSizeBytes) {
    long alignmentBytes = 1L << random.nextInt(8);
    long[][] rows = new long[count][];
    for (int i = 0; i < count; i++) {
      long lower = random.nextInt(endOfTime);
      long upper = lower + 1 + random.nextInt(endOfTime);
      rows[i] = new long[] {lower, upper, 1 + random.nextInt(maxSizeBytes)};
    }
    return of(alignmentBytes, rows);
  }

  /** Buffers that are freed in the opposite order of their allocation, as calls return. */
  static Problem nested(Random random, int count) {
    List<long[]> rows = new ArrayList<>();
    List<long[]> open = new ArrayList<>();
    long now = 0;
    while (rows.size() < count || !open.isEmpty()) {
      boolean opens = rows.size() < count && (open.isEmpty() || random.nextBoolean());
      if (opens) {
        long[] row = {now, 0, 1 + random.nextInt(1000)};
        rows.add(row);
        open.add(row);
      } else {
        open.removeLast()[1] = now;
      }
      now++;
    }
    return of(1, rows.toArray(long[][]::new));
  }

  /** Buffers one after the other, each freed at the moment at which the next is allocated. */
  static Problem disjoint(Random random, int count) {
    long[][] rows = new long[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = new long[] {i, i + 1L, 1 + random.nextInt(1000)};
    }
    return of(1, rows);
  }

  /** A stair: every buffer overlaps the next few, and sizes alternate between tiny and huge. */
  static Problem stairs(int count) {
    long[][] rows = new long[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = new long[] {i, i + 3, i % 2 == 0 ? 1 : 1L << 40};
    }
    return of(1, rows);
  }
}
