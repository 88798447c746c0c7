package org.memo.planner.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.memo.planner.report.Timeline.HostLevel;

/**
 * What host memory holds over a step, from what is copied to it and back. When there are too many
 * changes, those within a resolution count as one, and the resolution is doubled.
 */
final class HostLevels {
  private final int maxChanges;
  private TreeMap<Double, Long> changes = new TreeMap<>(); // bytes by seconds
  private double resolutionSeconds;

  HostLevels(int maxChanges) {
    this.maxChanges = maxChanges;
  }

  void change(double seconds, long bytes) {
    changes.merge(rounded(seconds), bytes, Long::sum);
    while (changes.size() > maxChanges) {
      coarsen();
    }
  }

  /** What a step takes beyond what it put there was there before. */
  List<HostLevel> levels() {
    long level = 0;
    long lowest = 0;
    for (long change : changes.values()) {
      level += change;
      lowest = Math.min(lowest, level);
    }
    level = -lowest;
    List<HostLevel> levels = new ArrayList<>();
    levels.add(new HostLevel(0, level));
    for (Map.Entry<Double, Long> change : changes.entrySet()) {
      level += change.getValue();
      levels.add(new HostLevel(change.getKey(), level));
    }
    return levels;
  }

  private void coarsen() {
    resolutionSeconds = Math.max(2 * resolutionSeconds, changes.lastKey() / maxChanges);
    TreeMap<Double, Long> fewer = new TreeMap<>();
    changes.forEach((seconds, bytes) -> fewer.merge(rounded(seconds), bytes, Long::sum));
    changes = fewer;
  }

  private double rounded(double seconds) {
    return resolutionSeconds == 0
        ? seconds
        : Math.floor(seconds / resolutionSeconds) * resolutionSeconds;
  }
}
