package org.memo.planner.swap;

/**
 * What one transformer layer keeps for its backward pass on one device, and how long its forward
 * pass takes.
 *
 * @param inputBytes the layer's input, always swapped whole
 * @param attentionBytes the attention's output and log-sum-exp, always swapped whole, as attention
 *     is too slow to be computed twice
 * @param othersBytes all other kept activations, of which any part of the tokens may be swapped
 * @param forwardSeconds duration of the layer's forward pass
 */
public record LayerProfile(
    long inputBytes, long attentionBytes, long othersBytes, double forwardSeconds) {

  /**
   * @throws IllegalArgumentException if a size is negative, the sizes add up to more than 2^63 - 1,
   *     or the duration is not above 0
   */
  public LayerProfile {
    if (inputBytes < 0 || attentionBytes < 0 || othersBytes < 0) {
      throw new IllegalArgumentException(
          "layer sizes are input=%d attention=%d others=%d bytes; none may be negative"
              .formatted(inputBytes, attentionBytes, othersBytes));
    }
    if (inputBytes > Long.MAX_VALUE - attentionBytes
        || inputBytes + attentionBytes > Long.MAX_VALUE - othersBytes) {
      throw new IllegalArgumentException(
          "layer sizes input=%d attention=%d others=%d add up to more than 2^63 - 1 bytes"
              .formatted(inputBytes, attentionBytes, othersBytes));
    }
    if (!(forwardSeconds > 0)) {
      throw new IllegalArgumentException(
          "a layer's forward pass takes %s s; it must be above 0".formatted(forwardSeconds));
    }
  }

  /** Bytes swapped whatever the fraction. */
  public long fixedBytes() {
    return inputBytes + attentionBytes;
  }

  /**
   * Bytes of this layer in host memory when the fraction {@code alpha} of its tokens is swapped.
   */
  public long swappedBytes(double alpha) {
    return fixedBytes() + (long) Math.floor(alpha * othersBytes);
  }
}
