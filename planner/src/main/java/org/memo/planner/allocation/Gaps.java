package org.memo.planner.allocation;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The stretches of bytes that are free, the last without end. */
final class Gaps {

  private record Gap(long sizeBytes, long offset) {}

  private static final Comparator<Gap> TIGHTEST_THEN_LOWEST =
      Comparator.comparingLong(Gap::sizeBytes).thenComparingLong(Gap::offset);

  private final TreeMap<Long, Gap> byOffset = new TreeMap<>();
  private final TreeSet<Gap> bySize = new TreeSet<>(TIGHTEST_THEN_LOWEST);
  private long top = 0; // everything from here on is free

  /** Takes room out of the tightest gap, at its low end; the offset is the answer. */
  long take(long roomBytes) {
    Gap tightest = bySize.ceiling(new Gap(roomBytes, -1));
    if (tightest == null) {
      long offset = top;
      top += roomBytes;
      return offset;
    }
    remove(tightest);
    if (tightest.sizeBytes > roomBytes) {
      put(new Gap(tightest.sizeBytes - roomBytes, tightest.offset + roomBytes));
    }
    return tightest.offset;
  }

  /** Makes room free, joined with the gaps beside it. */
  void add(long offset, long roomBytes) {
    long low = offset;
    long high = offset + roomBytes;
    Map.Entry<Long, Gap> below = byOffset.lowerEntry(offset);
    if (below != null && below.getKey() + below.getValue().sizeBytes == offset) {
      low = below.getKey();
      remove(below.getValue());
    }
    Gap above = byOffset.get(high);
    if (above != null) {
      high += above.sizeBytes;
      remove(above);
    }
    if (high == top) {
      top = low;
    } else {
      put(new Gap(high - low, low));
    }
  }

  private void put(Gap gap) {
    byOffset.put(gap.offset, gap);
    bySize.add(gap);
  }

  private void remove(Gap gap) {
    byOffset.remove(gap.offset);
    bySize.remove(gap);
  }
}
