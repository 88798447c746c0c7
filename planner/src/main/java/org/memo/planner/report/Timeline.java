package org.memo.planner.report;

import java.util.List;

/**
 * What the streams do in a step, and what host memory then holds.
 *
 * @param endSeconds of the step, which begins at 0
 * @param lanes a stream each, in the order in which they are shown
 * @param hostLevels how many bytes of swapped data host memory holds, from each moment on
 */
public record Timeline(double endSeconds, List<Lane> lanes, List<HostLevel> hostLevels) {
  /** Where nobody simulated a step. */
  public static final Timeline NONE = new Timeline(0, List.of(), List.of());

  /**
   * One stream.
   *
   * @param spans in order of time, none overlapping
   */
  public record Lane(String stream, List<Span> spans) {
    public Lane {
      spans = List.copyOf(spans);
    }
  }

  /** What host memory holds from a moment on. */
  public record HostLevel(double seconds, long bytes) {}

  public Timeline {
    lanes = List.copyOf(lanes);
    hostLevels = List.copyOf(hostLevels);
  }

  /** How many operations the lanes stand for. */
  public long operationCount() {
    return lanes.stream().flatMap(lane -> lane.spans().stream()).mapToLong(Span::count).sum();
  }
}
