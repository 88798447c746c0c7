package org.memo.planner.cost;

/**
 * A number of a hardware file and where it comes from: a measurement with who made it, or a
 * datasheet's figure times a fraction that the source calls assumed.
 *
 * @param value above 0, in the unit that its key names
 * @param source for people
 */
public record Sourced(double value, String source) {
  /**
   * @throws IllegalArgumentException if the value is not above 0 and finite, or the source is blank
   */
  public Sourced {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException("value is " + value + "; it must be a number above 0");
    }
    if (source.isBlank()) {
      throw new IllegalArgumentException("source is empty; it must say where the number is from");
    }
  }
}
