package org.memo.planner.report;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.report.Timeline.Lane;

/**
 * Gathers what streams do, in bounded memory: when there are too many spans, neighbours that
 * together are shorter than a resolution become one, and the resolution is doubled until half as
 * many are left. So a step of half a million operations takes no more room on a page than what a
 * screen can show.
 */
public final class TimelineRecorder {
  /** Of all streams together. With it a page is below a megabyte. */
  public static final int MAX_SPANS = 20_000;

  private final int maxSpans;
  private final Map<String, List<Block>> lanes = new LinkedHashMap<>();
  private final HostLevels hostLevels;
  private int spanCount;
  private double resolutionSeconds;
  private double endSeconds;

  /**
   * @param streams in the order in which they are to be shown; others come after them
   */
  public TimelineRecorder(List<String> streams) {
    this(streams, MAX_SPANS);
  }

  /**
   * @param maxSpans at least four for each stream that will come
   */
  TimelineRecorder(List<String> streams, int maxSpans) {
    streams.forEach(stream -> lanes.put(stream, new ArrayList<>()));
    this.maxSpans = maxSpans;
    this.hostLevels = new HostLevels(maxSpans / 4);
  }

  /** Adds work to a stream, after what the stream was given before. */
  public void add(
      String stream, WorkKind kind, String name, double startSeconds, double endSeconds) {
    List<Block> lane = lanes.computeIfAbsent(stream, unused -> new ArrayList<>());
    append(lane, new Block(kind, name, startSeconds, endSeconds));
    this.endSeconds = Math.max(this.endSeconds, endSeconds);
    if (spanCount > maxSpans) {
      coarsen();
    }
  }

  /** Host memory takes bytes from the slab, or gives them back where they are negative. */
  public void changeHost(double seconds, long bytes) {
    hostLevels.change(seconds, bytes);
  }

  /** What was gathered, up to the step's end. */
  public Timeline timeline(double stepSeconds) {
    List<Lane> finished = new ArrayList<>();
    lanes.forEach((stream, blocks) -> {
      if (!blocks.isEmpty()) {
        finished.add(new Lane(stream, blocks.stream().map(Block::span).toList()));
      }
    });
    return new Timeline(Math.max(stepSeconds, endSeconds), finished, hostLevels.levels());
  }

  private void append(List<Block> lane, Block block) {
    if (!lane.isEmpty() && block.end - lane.getLast().start <= resolutionSeconds) {
      lane.getLast().absorb(block);
    } else {
      lane.add(block);
      spanCount++;
    }
  }

  /** Of two neighbours left, the first to the end of the second is more than the resolution. */
  private void coarsen() {
    while (spanCount > maxSpans / 2) {
      resolutionSeconds = Math.max(2 * resolutionSeconds, endSeconds / maxSpans);
      spanCount = 0;
      for (List<Block> lane : lanes.values()) {
        List<Block> blocks = List.copyOf(lane);
        lane.clear();
        blocks.forEach(block -> append(lane, block));
      }
    }
  }

  /** A span that grows. */
  private static final class Block {
    private final Map<WorkKind, Double> busySeconds = new EnumMap<>(WorkKind.class);
    private final double start;
    private double end;
    private int count;
    private String longestName;
    private double longestSeconds;

    Block(WorkKind kind, String name, double start, double end) {
      this.start = start;
      this.end = end;
      this.count = kind == WorkKind.STALL ? 0 : 1;
      this.longestName = name;
      this.longestSeconds = end - start;
      busySeconds.put(kind, end - start);
    }

    void absorb(Block next) {
      end = Math.max(end, next.end);
      count += next.count;
      next.busySeconds.forEach((kind, seconds) -> busySeconds.merge(kind, seconds, Double::sum));
      if (next.longestSeconds > longestSeconds) {
        longestName = next.longestName;
        longestSeconds = next.longestSeconds;
      }
    }

    Span span() {
      return new Span(start, end, longestName, count, busySeconds);
    }
  }
}
