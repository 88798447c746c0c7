package org.memo.planner.allocation;

import java.util.function.IntToLongFunction;
import org.memo.planner.trace.TensorLife;

/** The bytes that no solution can do without: the most that are alive at one moment. */
public final class LowerBound {

  private LowerBound() {}

  /** A peak below which there is no valid solution; one with this peak is optimal. */
  public static long of(Problem problem) {
    long live = maxLive(problem, buffer -> problem.buffers().get(buffer).sizeBytes());
    if (problem.alignmentBytes() == 1) {
      return live;
    }
    // Of the buffers alive together all but the topmost take their whole room.
    long liveRooms = maxLive(problem, problem::roomBytes);
    long maxPadding = 0;
    for (int i = 0; i < problem.size(); i++) {
      long padding = problem.roomBytes(i) - problem.buffers().get(i).sizeBytes();
      maxPadding = Math.max(maxPadding, padding);
    }
    return Math.max(live, liveRooms - maxPadding);
  }

  private static long maxLive(Problem problem, IntToLongFunction bytes) {
    Timeline timeline = new Timeline(problem);
    long[] change = new long[timeline.size()];
    for (int i = 0; i < problem.size(); i++) {
      TensorLife buffer = problem.buffers().get(i);
      change[timeline.indexOf(buffer.lower())] += bytes.applyAsLong(i);
      change[timeline.indexOf(buffer.upper())] -= bytes.applyAsLong(i);
    }
    long live = 0;
    long max = 0;
    for (long bytesChange : change) {
      live += bytesChange;
      max = Math.max(max, live);
    }
    return max;
  }
}
