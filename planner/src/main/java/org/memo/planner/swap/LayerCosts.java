package org.memo.planner.swap;

import java.util.stream.DoubleStream;

/**
 * What one transformer layer costs one rank. All layers of a model are alike.
 *
 * @param inputBytes the layer's input
 * @param attentionBytes the attention's output and log-sum-exp
 * @param othersBytes all other skeletal activations, which are functions of these two, token by
 *     token
 * @param forwardSeconds of the forward pass
 * @param backwardSeconds of the backward pass, without any recomputation
 * @param othersRecomputeSeconds to compute the others of all tokens again
 * @param attentionRecomputeSeconds to compute the attention's output again, from queries, keys and
 *     values
 */
public record LayerCosts(
    long inputBytes,
    long attentionBytes,
    long othersBytes,
    double forwardSeconds,
    double backwardSeconds,
    double othersRecomputeSeconds,
    double attentionRecomputeSeconds) {

  /**
   * @throws IllegalArgumentException if a size or a duration is negative, the sizes add up to more
   *     than 2^63 - 1, a duration is not finite, or the forward pass takes no time
   */
  public LayerCosts {
    new LayerProfile(inputBytes, attentionBytes, othersBytes, forwardSeconds);
    boolean durations =
        DoubleStream.of(
                forwardSeconds, backwardSeconds, othersRecomputeSeconds, attentionRecomputeSeconds)
            .allMatch(seconds -> seconds >= 0 && Double.isFinite(seconds));
    if (!durations) {
      throw new IllegalArgumentException(
          ("a layer takes %s s forward, %s s backward, %s s to recompute the others and %s s for"
                  + " the attention; each must be finite and not negative")
              .formatted(
                  forwardSeconds,
                  backwardSeconds,
                  othersRecomputeSeconds,
                  attentionRecomputeSeconds));
    }
  }

  /** What the layer keeps for its backward pass where nothing is left out. */
  public long skeletalBytes() {
    return inputBytes + attentionBytes + othersBytes;
  }

  /** As the paper's program sees the layer. */
  public LayerProfile profile() {
    return new LayerProfile(inputBytes, attentionBytes, othersBytes, forwardSeconds);
  }
}
