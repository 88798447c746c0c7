package org.memo.planner.allocation.caching;

/**
 * How a caching allocator is set up.
 *
 * @param limitBytes the device's memory, above 0
 * @param expandableSegments whether segments may grow ({@code expandable_segments:True})
 */
public record Settings(long limitBytes, boolean expandableSegments) {

  /**
   * @throws IllegalArgumentException if the device has no memory
   */
  public Settings {
    if (limitBytes <= 0) {
      throw new IllegalArgumentException(
          "the device has %d bytes; it must have more than 0".formatted(limitBytes));
    }
  }
}
