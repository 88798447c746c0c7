package org.memo.planner.swap;

/**
 * What one rank has for the activations of its layers.
 *
 * @param layers how many there are
 * @param slabBytes device memory for what layers keep, after model states and transients
 * @param slots slab needed once for each form in use
 * @param hostBytes this rank's host memory, see {@link HostMemory#activationBytesPerRank}
 * @param offloadBytesPerSecond device to host, with all ranks of the node copying; 0 for no copies
 * @param prefetchBytesPerSecond host to device, likewise
 * @param otherSeconds the rest of the step: embedding, loss, optimizer
 */
public record Budgets(
    int layers,
    long slabBytes,
    RoundingSlots slots,
    long hostBytes,
    double offloadBytesPerSecond,
    double prefetchBytesPerSecond,
    double otherSeconds) {

  /**
   * @throws IllegalArgumentException if there is no layer, or a budget is negative or not a number
   */
  public Budgets {
    if (layers < 1) {
      throw new IllegalArgumentException("there are %d layers; 1 at least".formatted(layers));
    }
    if (slabBytes < 0 || hostBytes < 0) {
      throw new IllegalArgumentException(
          "slab=%d and host=%d bytes; neither may be negative".formatted(slabBytes, hostBytes));
    }
    if (!(offloadBytesPerSecond >= 0)
        || !(prefetchBytesPerSecond >= 0)
        || !(otherSeconds >= 0)
        || otherSeconds == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "offload=%s and prefetch=%s bytes/s, other computation=%s s; none may be negative or NaN"
              .formatted(offloadBytesPerSecond, prefetchBytesPerSecond, otherSeconds));
    }
  }

  /** The same with another slab, for a caller whose exact plan came out larger or smaller. */
  public Budgets withSlabBytes(long bytes) {
    return new Budgets(
        layers,
        bytes,
        slots,
        hostBytes,
        offloadBytesPerSecond,
        prefetchBytesPerSecond,
        otherSeconds);
  }

  /** The same with another host memory. */
  public Budgets withHostBytes(long bytes) {
    return new Budgets(
        layers,
        slabBytes,
        slots,
        bytes,
        offloadBytesPerSecond,
        prefetchBytesPerSecond,
        otherSeconds);
  }
}
