package org.memo.device.simulated;

import java.util.Arrays;
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

  void read(Access access, MemoryRegion region, Predecessors predecessors) {
    long start = region.offsetBytes();
    long end = start + region.sizeBytes();
    Range same = ranges.get(start);
    if (same != null && same.end == end) { // the usual case, at a third of the cost
      same.read(access, predecessors);
      return;
    }
    fillGaps(start, end);
    cut(start, end).values().forEach(range -> range.read(access, predecessors));
  }

  void write(Access access, MemoryRegion region, Predecessors predecessors) {
    long start = region.offsetBytes();
    long end = start + region.sizeBytes();
    Range same = ranges.get(start);
    if (same != null && same.end == end) {
      same.write(access, predecessors);
      return;
    }
    NavigableMap<Long, Range> covered = cut(start, end);
    covered.values().forEach(range -> range.write(access, predecessors));
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
    Long start = ranges.lowerKey(offset);
    Range below = start == null ? null : ranges.get(start);
    if (below != null && below.end > offset) {
      ranges.put(offset, new Range(below.end, below.writer, below.readers.clone()));
      below.end = offset;
    }
  }

  /** What nobody has touched yet becomes ranges without a writer. */
  private void fillGaps(long start, long end) {
    Long below = ranges.floorKey(start);
    long covered = below == null ? start : Math.max(start, endOf(below));
    while (covered < end) {
      Long next = ranges.ceilingKey(covered);
      long gapEnd = next == null ? end : Math.min(end, next);
      if (gapEnd > covered) {
        ranges.put(covered, new Range(gapEnd, null, NOBODY));
      }
      covered = next == null ? end : endOf(next);
    }
  }

  private long endOf(long start) {
    Range range = ranges.get(start);
    return range == null ? start : range.end;
  }

  private static final class Range {
    long end;
    @Nullable Access writer;
    @Nullable Access[] readers; // the last of each stream since the write, by the stream's number

    Range(long end, @Nullable Access writer, @Nullable Access[] readers) {
      this.end = end;
      this.writer = writer;
      this.readers = readers;
    }

    void read(Access access, Predecessors predecessors) {
      if (writer != null) {
        predecessors.accept(writer, true);
      }
      if (access.stream() >= readers.length) {
        readers = Arrays.copyOf(readers, access.stream() + 1);
      }
      readers[access.stream()] = access;
    }

    void write(Access access, Predecessors predecessors) {
      if (writer != null) {
        predecessors.accept(writer, true);
      }
      for (Access reader : readers) {
        if (reader != null) {
          predecessors.accept(reader, false);
        }
      }
      writer = access;
      Arrays.fill(readers, null);
    }
  }
}
