package org.memo.device.simulated;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memo.device.MemoryRegion;

/**
 * Who last wrote each byte of a memory, and who has read it since: disjoint ranges, split on
 * demand. While no two accesses conflict, these come after all earlier ones, so that a new access
 * need be compared with no others.
 */
final class AccessMap {
  private static final @Nullable Access[] NOBODY = {};

  private final TreeMap<Long, Range> ranges = new TreeMap<>();

  /** Takes the earlier accesses that a new one must come after. */
  interface Predecessors {
    void accept(Access earlier, boolean earlierWrites);
  }

  /**
   * @param readers the last of each stream since the write, by the stream's number
   */
  private record Range(long end, @Nullable Access writer, @Nullable Access[] readers) {

    Range until(long otherEnd) {
      return new Range(otherEnd, writer, readers);
    }

    Range readBy(Access reader) {
      int length = Math.max(readers.length, reader.stream() + 1);
      @Nullable Access[] more = Arrays.copyOf(readers, length);
      more[reader.stream()] = reader;
      return new Range(end, writer, more);
    }

    void tellReaders(Predecessors predecessors) {
      for (Access reader : readers) {
        if (reader != null) {
          predecessors.accept(reader, false);
        }
      }
    }

    void tellWriter(Predecessors predecessors) {
      if (writer != null) {
        predecessors.accept(writer, true);
      }
    }
  }

  void read(Access access, MemoryRegion region, Predecessors predecessors) {
    long start = region.offsetBytes();
    long end = start + region.sizeBytes();
    fillGaps(start, end);
    for (Map.Entry<Long, Range> entry : cut(start, end).entrySet()) {
      entry.getValue().tellWriter(predecessors);
      entry.setValue(entry.getValue().readBy(access));
    }
  }

  void write(Access access, MemoryRegion region, Predecessors predecessors) {
    long start = region.offsetBytes();
    long end = start + region.sizeBytes();
    NavigableMap<Long, Range> covered = cut(start, end);
    for (Range range : covered.values()) {
      range.tellWriter(predecessors);
      range.tellReaders(predecessors);
    }
    covered.clear();
    ranges.put(start, new Range(end, access, NOBODY));
  }

  /** The ranges that lie in [start, end), after those that cross its ends have been split. */
  private NavigableMap<Long, Range> cut(long start, long end) {
    splitAt(start);
    splitAt(end);
    return ranges.subMap(start, true, end, false);
  }

  private void splitAt(long offset) {
    Map.Entry<Long, Range> below = ranges.lowerEntry(offset);
    if (below != null && below.getValue().end() > offset) {
      Range range = below.getValue();
      ranges.put(below.getKey(), range.until(offset));
      ranges.put(offset, range);
    }
  }

  /** What nobody has touched yet becomes ranges without a writer. */
  private void fillGaps(long start, long end) {
    Map.Entry<Long, Range> below = ranges.floorEntry(start);
    long covered = below == null ? start : Math.max(start, below.getValue().end());
    while (covered < end) {
      Map.Entry<Long, Range> next = ranges.ceilingEntry(covered);
      long gapEnd = next == null ? end : Math.min(end, next.getKey());
      if (gapEnd > covered) {
        ranges.put(covered, new Range(gapEnd, null, NOBODY));
      }
      covered = next == null ? end : next.getValue().end();
    }
  }
}
