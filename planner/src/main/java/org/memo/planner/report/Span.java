package org.memo.planner.report;

import java.util.Map;

/**
 * A stretch of a stream's time: one operation, or neighbours too short to be told apart.
 *
 * @param name of the operation, or of the longest of them
 * @param count of operations; a stall is none
 * @param busySeconds of each kind of work; what is missing to the whole stretch is idle
 */
public record Span(
    double startSeconds,
    double endSeconds,
    String name,
    int count,
    Map<WorkKind, Double> busySeconds) {

  public Span {
    busySeconds = Map.copyOf(busySeconds);
  }

  /** Whether it is one operation or one stall. */
  boolean isSingle() {
    return count <= 1 && busySeconds.size() == 1;
  }
}
