package org.memo.planner.cost;

/**
 * A link between devices, as one device sees it.
 *
 * @param peakBytesPerSecond each way, of the datasheet
 * @param achievedFraction of the peak, by large collectives
 * @param latencySeconds of a collective of few bytes among few ranks
 * @param hopSeconds what each rank that data passes on its way around a ring adds
 */
public record LinkRate(
    Sourced peakBytesPerSecond,
    Sourced achievedFraction,
    Sourced latencySeconds,
    Sourced hopSeconds) {

  /**
   * @throws IllegalArgumentException if the fraction is above 1
   */
  public LinkRate {
    requireFraction("achieved_fraction", achievedFraction);
  }

  /** Bytes per second each way that large collectives reach. */
  public double bytesPerSecond() {
    return peakBytesPerSecond.value() * achievedFraction.value();
  }

  static void requireFraction(String key, Sourced fraction) {
    if (fraction.value() > 1) {
      throw new IllegalArgumentException(
          key + " is " + fraction.value() + "; it must be above 0 and at most 1");
    }
  }
}
