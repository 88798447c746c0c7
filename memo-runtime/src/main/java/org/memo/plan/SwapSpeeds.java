package org.memo.plan;

/**
 * How fast a device computes and copies, for choosing alpha.
 *
 * @param flopsPerSecond sustained in a layer
 * @param copyBytesPerSecond from the slab to the pinned pool, beside the computation
 */
public record SwapSpeeds(double flopsPerSecond, double copyBytesPerSecond) {
  private static final double HOST_FLOPS_PER_THREAD = 150e9;
  private static final double HOST_COPY_BYTES_PER_SECOND = 6e9;

  /**
   * Round figures of a server's processor. Fixed, so that a plan does not depend on how busy the
   * machine is; {@code docs/performance.md} says what was measured.
   */
  public static SwapSpeeds ofHost(int threads) {
    return new SwapSpeeds(HOST_FLOPS_PER_THREAD * threads, HOST_COPY_BYTES_PER_SECOND);
  }
}
