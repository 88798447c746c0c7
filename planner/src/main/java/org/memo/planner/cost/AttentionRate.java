package org.memo.planner.cost;

import java.util.SortedMap;

/**
 * How fast a device computes attention of one element type. The rates are those of long sequences;
 * at the length {@code halfRateLength} half of them is reached.
 *
 * @param halfRateLength keys of a causal sequence, in tokens
 * @param byHeadSize rates of some head sizes; sizes between are interpolated, sizes outside take
 *     the nearest
 */
public record AttentionRate(Sourced halfRateLength, SortedMap<Integer, AttentionFlops> byHeadSize) {

  /**
   * @throws IllegalArgumentException if no head size is given, or one is below 1
   */
  public AttentionRate {
    if (byHeadSize.isEmpty() || byHeadSize.firstKey() < 1) {
      throw new IllegalArgumentException(
          "by_head_size has the sizes " + byHeadSize.keySet() + "; one above 0 is needed");
    }
  }

  /** FLOP/s of a forward pass over causal sequences of this mean length. */
  double forwardFlops(long headSize, double length) {
    return interpolate(headSize, true) * saturation(length);
  }

  /** FLOP/s of a backward pass over causal sequences of this mean length. */
  double backwardFlops(long headSize, double length) {
    return interpolate(headSize, false) * saturation(length);
  }

  private double saturation(double length) {
    return length / (length + halfRateLength.value());
  }

  private double interpolate(long headSize, boolean forward) {
    int size = Math.clamp(headSize, byHeadSize.firstKey(), byHeadSize.lastKey());
    SortedMap<Integer, AttentionFlops> notAbove = byHeadSize.headMap(size + 1);
    SortedMap<Integer, AttentionFlops> notBelow = byHeadSize.tailMap(size);
    double distance = notBelow.firstKey() - notAbove.lastKey();
    double share = distance == 0 ? 0 : (size - notAbove.lastKey()) / distance;
    return (1 - share) * rate(notAbove.sequencedValues().getLast(), forward)
        + share * rate(notBelow.sequencedValues().getFirst(), forward);
  }

  private static double rate(AttentionFlops flops, boolean forward) {
    return (forward ? flops.forwardFlops() : flops.backwardFlops()).value();
  }
}
