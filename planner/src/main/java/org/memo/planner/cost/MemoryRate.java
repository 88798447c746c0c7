package org.memo.planner.cost;

import java.util.SortedMap;

/**
 * How fast a device moves its own memory, for work that does little else.
 *
 * @param peakBytesPerSecond of the datasheet
 * @param achievedFraction of the peak, by kernels of this kind
 * @param bytesPerSecondByKind measured rates of named kinds of work, where they are known better;
 *     may be empty
 */
public record MemoryRate(
    Sourced peakBytesPerSecond,
    Sourced achievedFraction,
    SortedMap<String, Sourced> bytesPerSecondByKind) {

  /**
   * @throws IllegalArgumentException if the fraction is above 1
   */
  public MemoryRate {
    LinkRate.requireFraction("achieved_fraction", achievedFraction);
  }

  /** Bytes per second of this kind of work: reads and writes together. */
  double bytesPerSecond(String kind) {
    Sourced measured = bytesPerSecondByKind.get(kind);
    return measured == null
        ? peakBytesPerSecond.value() * achievedFraction.value()
        : measured.value();
  }
}
