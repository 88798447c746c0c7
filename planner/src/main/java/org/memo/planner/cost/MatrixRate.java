package org.memo.planner.cost;

/**
 * How fast a device multiplies matrices of one element type. A product of {@code [m, k]} and {@code
 * [k, n]} loses time to filling the device with output tiles, and to the start and end of each
 * tile's sum: it costs as if it had {@code halfRateOutput} more outputs and {@code halfRateDepth}
 * more terms. The rate so rises with the shape; it is never above the sustained one.
 *
 * @param peakFlops FLOP/s of the datasheet: the denominator of MFU
 * @param sustainedFlops FLOP/s measured on a large product
 * @param sustainedExtent m = n = k of the product that sustains it
 * @param halfRateOutput m * n at which half of the rate is reached, for deep products
 * @param halfRateDepth k at which half of the rate is reached, for wide products
 */
public record MatrixRate(
    Sourced peakFlops,
    Sourced sustainedFlops,
    Sourced sustainedExtent,
    Sourced halfRateOutput,
    Sourced halfRateDepth) {

  /** Seconds of compute alone, whatever memory and launching add. */
  double seconds(double m, double n, double k) {
    double extent = sustainedExtent.value();
    double unlimited = sustainedFlops.value() * loss(extent * extent, extent);
    double flops = 2 * m * n * k;
    return Math.max(flops * loss(m * n, k) / unlimited, flops / sustainedFlops.value());
  }

  private double loss(double output, double depth) {
    return (1 + halfRateOutput.value() / output) * (1 + halfRateDepth.value() / depth);
  }
}
