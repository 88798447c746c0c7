package org.memo.planner.swap;

/**
 * The fraction alpha of the tokens whose activations are swapped rather than recomputed, the same
 * for all swapped layers. It answers the linear program
 *
 * <pre>
 *   max alpha, 0 &lt;= alpha &lt;= 1, such that
 *   (fixed + alpha * others) / bandwidth    &lt;= forward seconds      copies hide behind compute
 *   layers * (fixed + alpha * others)       &lt;= host memory          their target holds them
 * </pre>
 *
 * <p>whose one variable makes it a minimum of quotients.
 *
 * @param alpha the fraction, from 0 to 1
 * @param bound what keeps it from being larger
 * @param fitsHostMemory false if even alpha = 0 is too much for the host; then alpha is 0
 */
public record SwapFraction(double alpha, Bound bound, boolean fitsHostMemory) {

  /** What keeps alpha from being larger. */
  public enum Bound {
    /** Copying more would take longer than a layer's forward pass. */
    BANDWIDTH,
    /** More would not fit in host memory. */
    HOST_MEMORY,
    /** The rounding buffers for more would not fit in the slab: in a {@link ResidencyPlan} only. */
    SLAB,
    /** Nothing: alpha is 1. */
    NONE
  }

  /**
   * The paper's answer for a model of {@code layers} layers: the last two stay in the rounding
   * buffers, so {@code layers - 2} are swapped.
   *
   * @param bandwidthBytesPerSecond device to host, of one device while all of the node copy
   * @param host the node's memory
   * @throws IllegalArgumentException if the number of layers is negative or the bandwidth not above
   *     0
   */
  public static SwapFraction ofPaper(
      LayerProfile layer, int layers, double bandwidthBytesPerSecond, HostMemory host) {
    int swappedLayers = layers < 0 ? layers : Math.max(0, layers - RoundingSlots.COUNT);
    return solve(layer, swappedLayers, bandwidthBytesPerSecond, host.activationBytesPerRank());
  }

  /**
   * The largest fraction that both bounds allow. If the bandwidth does not even suffice for alpha =
   * 0 the answer is 0, and compute will wait for copies.
   *
   * @param layer sizes and duration on one device
   * @param swappedLayers how many layers are swapped: all but the resident ones
   * @param bandwidthBytesPerSecond device to host, measured with all devices of the node copying
   * @param hostMemoryBytes this device's share of its node's memory
   * @throws IllegalArgumentException if an argument is negative or the bandwidth not above 0
   */
  public static SwapFraction solve(
      LayerProfile layer, int swappedLayers, double bandwidthBytesPerSecond, long hostMemoryBytes) {
    if (swappedLayers < 0 || hostMemoryBytes < 0 || !(bandwidthBytesPerSecond > 0)) {
      throw new IllegalArgumentException(
          ("swapped layers=%d, host memory=%d bytes, bandwidth=%s bytes/s; the first two must not"
                  + " be negative and the bandwidth must be above 0")
              .formatted(swappedLayers, hostMemoryBytes, bandwidthBytesPerSecond));
    }
    if (swappedLayers == 0) {
      return new SwapFraction(1, Bound.NONE, true);
    }
    // Whole bytes per layer: the layers together then never exceed the memory by a rounding error.
    long memoryForOthers = hostMemoryBytes / swappedLayers - layer.fixedBytes();
    if (memoryForOthers < 0) {
      return new SwapFraction(0, Bound.HOST_MEMORY, false);
    }
    double copiedBytes = bandwidthBytesPerSecond * layer.forwardSeconds();
    double copiedOfOthers = Math.max(0, copiedBytes - layer.fixedBytes());
    double others = layer.othersBytes();
    if (memoryForOthers >= others && copiedOfOthers >= others) {
      return new SwapFraction(1, Bound.NONE, true);
    }
    return copiedOfOthers <= memoryForOthers
        ? new SwapFraction(copiedOfOthers / others, Bound.BANDWIDTH, true)
        : new SwapFraction(memoryForOthers / others, Bound.HOST_MEMORY, true);
  }
}
