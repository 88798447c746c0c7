package org.memo.planner.allocation.bilevel;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.memo.planner.allocation.bilevel.Block.Part;

/** How many bytes rectangles take together at each moment. */
final class LoadCurve {

  private final NavigableMap<Long, Long> loadFrom = new TreeMap<>(); // until the next key

  static LoadCurve of(Stream<Part> parts) {
    NavigableMap<Long, Long> changes = new TreeMap<>();
    parts.forEach(part -> {
      changes.merge(part.lower(), part.heightBytes(), Long::sum);
      changes.merge(part.upper(), -part.heightBytes(), Long::sum);
    });
    LoadCurve curve = new LoadCurve();
    long load = 0;
    for (Map.Entry<Long, Long> change : changes.entrySet()) {
      load += change.getValue();
      curve.loadFrom.put(change.getKey(), load);
    }
    return curve;
  }

  /** The most at a moment of [lower, upper). */
  long maximum(long lower, long upper) {
    Map.Entry<Long, Long> before = loadFrom.floorEntry(lower);
    long atStart = before == null ? 0 : before.getValue();
    return loadFrom.subMap(lower, false, upper, false).values().stream()
        .mapToLong(Long::longValue)
        .reduce(atStart, Math::max);
  }
}
