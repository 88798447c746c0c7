package org.memo.planner.cost;

/**
 * Copies between a device's memory and pinned host memory.
 *
 * @param toHost device to host (D2H)
 * @param toDevice host to device (H2D)
 * @param bothDirectionsFraction what each direction keeps of its rate while the other one copies
 * @param latencySeconds of a copy of few bytes
 */
public record CopyRate(
    CopyBandwidth toHost,
    CopyBandwidth toDevice,
    Sourced bothDirectionsFraction,
    Sourced latencySeconds) {

  /**
   * @throws IllegalArgumentException if the fraction is above 1 or below a half, which is what
   *     copying one after the other would give
   */
  public CopyRate {
    LinkRate.requireFraction("both_directions_fraction", bothDirectionsFraction);
    if (bothDirectionsFraction.value() < 0.5) {
      throw new IllegalArgumentException(
          "both_directions_fraction is "
              + bothDirectionsFraction.value()
              + "; it must be from 0.5 (as one after the other) to 1 (as if alone)");
    }
  }

  CopyBandwidth direction(CopyDirection direction) {
    return direction == CopyDirection.TO_HOST ? toHost : toDevice;
  }
}
