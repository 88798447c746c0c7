package org.memo.planner.allocation;

import java.util.Optional;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.trace.TensorLife;

/**
 * Places buffers one by one into the gaps that the ones before have left. The order in which they
 * come and the choice of the gap make the heuristic.
 */
final class Packer {

  private final long[] roomBytes;
  private final int[] lower;
  private final int[] upper;
  private final int timelineSize;
  private final Fit fit;
  private long workDone = 0;

  Packer(Problem problem, Fit fit) {
    int count = problem.size();
    Timeline timeline = new Timeline(problem);
    roomBytes = new long[count];
    lower = new int[count];
    upper = new int[count];
    for (int i = 0; i < count; i++) {
      TensorLife buffer = problem.buffers().get(i);
      roomBytes[i] = problem.roomBytes(i);
      lower[i] = timeline.indexOf(buffer.lower());
      upper[i] = timeline.indexOf(buffer.upper());
    }
    timelineSize = timeline.size();
    this.fit = fit;
  }

  /** Offsets by buffer, when they are placed in this order; each must occur in it once. */
  long[] pack(int[] order) {
    return packWithin(order, Long.MAX_VALUE).orElseThrow();
  }

  /** As {@link #pack}, but empty when it takes more than so much work. */
  Optional<long[]> packWithin(int[] order, long maxWork) {
    long end = maxWork > Long.MAX_VALUE - workDone ? Long.MAX_VALUE : workDone + maxWork;
    long[] offsets = new long[order.length];
    TimeBuckets placed = new TimeBuckets(timelineSize);
    for (int buffer : order) {
      if (workDone > end) {
        return Optional.empty();
      }
      OffsetOrder neighbours = placed.around(lower[buffer], upper[buffer]);
      offsets[buffer] = chooseOffset(buffer, neighbours, offsets);
      workDone += placed.add(buffer, lower[buffer], upper[buffer], offsets);
    }
    return Optional.of(offsets);
  }

  /** How many placed buffers were looked at or entered in a list, over all packings. */
  long workDone() {
    return workDone;
  }

  private long chooseOffset(int buffer, OffsetOrder neighbours, long[] offsets) {
    long room = roomBytes[buffer];
    long floor = 0; // top of the buffers met so far, seen upwards
    long tightestGap = Long.MAX_VALUE;
    long tightestOffset = -1;
    for (int position = 0; position < neighbours.size(); position++) {
      int neighbour = neighbours.get(position);
      workDone++;
      if (lower[neighbour] >= upper[buffer] || lower[buffer] >= upper[neighbour]) {
        continue;
      }
      long gap = offsets[neighbour] - floor;
      if (gap == room || (gap > room && fit == Fit.LOWEST)) {
        return floor;
      }
      if (gap > room && gap < tightestGap) {
        tightestGap = gap;
        tightestOffset = floor;
      }
      floor = Math.max(floor, offsets[neighbour] + roomBytes[neighbour]);
    }
    return tightestOffset >= 0 ? tightestOffset : floor;
  }
}
