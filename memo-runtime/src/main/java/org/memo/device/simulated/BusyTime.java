package org.memo.device.simulated;

import java.util.Map;
import java.util.TreeMap;

/**
 * When an engine works: disjoint spans, half-open, in seconds. Most work comes after all other, so
 * that the last span is kept apart: it costs no search.
 */
final class BusyTime {
  private static final BusyTime NEVER = new BusyTime();

  private final TreeMap<Double, Double> endOfStart = new TreeMap<>();
  private double lastStart = Double.NEGATIVE_INFINITY;
  private double lastEnd = Double.NEGATIVE_INFINITY;

  /** Work from its first moment to its last. */
  record Span(double start, double end) {}

  /**
   * Does {@code work} seconds of work, not before {@code ready}: at no rate while this engine is
   * busy, at the rate {@code share} while {@code beside} is, else at the full rate. Earlier work
   * keeps its times, so that work may be given in any order; what {@code beside} keeps and what
   * this engine gets add up to what both reach together.
   */
  Span occupy(double ready, double work, BusyTime beside, double share) {
    double now = afterBusy(ready);
    double start = now;
    double left = work;
    while (left > 0) {
      double rate = beside.endOfBusy(now) > now ? share : 1;
      double change = Math.min(nextStart(now), beside.nextChange(now));
      if (rate * (change - now) >= left) {
        now += left / rate;
        break;
      }
      left -= rate * (change - now);
      now = afterBusy(change);
    }
    add(start, now);
    return new Span(start, now);
  }

  /** As {@link #occupy} with nothing beside. */
  Span occupy(double ready, double work) {
    return occupy(ready, work, NEVER, 1);
  }

  private void add(double start, double end) {
    if (end <= start) {
      return;
    }
    if (start == lastEnd) {
      lastEnd = end;
    } else if (start > lastEnd) {
      keepLast();
      lastStart = start;
      lastEnd = end;
    } else {
      keepLast();
      merge(start, end);
      Map.Entry<Double, Double> last = endOfStart.pollLastEntry();
      lastStart = last.getKey();
      lastEnd = last.getValue();
    }
  }

  private void keepLast() {
    if (lastStart < lastEnd) {
      endOfStart.put(lastStart, lastEnd);
    }
  }

  private void merge(double start, double end) {
    double from = start;
    double to = end;
    Map.Entry<Double, Double> before = endOfStart.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      from = before.getKey();
      to = Math.max(to, before.getValue());
    }
    Map<Double, Double> covered = endOfStart.subMap(from, true, to, true);
    for (double coveredEnd : covered.values()) {
      to = Math.max(to, coveredEnd);
    }
    covered.clear();
    endOfStart.put(from, to);
  }

  private double afterBusy(double time) {
    return Math.max(time, endOfBusy(time));
  }

  /** The end of the span that holds {@code time}; {@code time} itself when none does. */
  private double endOfBusy(double time) {
    if (time >= lastStart) {
      return Math.max(time, lastEnd);
    }
    Map.Entry<Double, Double> span = endOfStart.floorEntry(time);
    return span == null ? time : Math.max(time, span.getValue());
  }

  private double nextStart(double time) {
    if (time >= lastStart) {
      return Double.POSITIVE_INFINITY;
    }
    Double next = endOfStart.higherKey(time);
    return next == null ? lastStart : next;
  }

  private double nextChange(double time) {
    double end = endOfBusy(time);
    return end > time ? end : nextStart(time);
  }
}
