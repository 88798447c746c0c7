package org.memo.step;

/**
 * The sizes of a layer's skeletal activations on one rank, in bytes.
 *
 * @param inputBytes the layer's input
 * @param attentionBytes the attention's output with its log-sum-exp
 * @param qkvBytes queries, keys and values, and their norm where it is kept
 * @param keptBytes what the token-wise segment after attention keeps
 * @param tileBytes of {@code keptBytes}, the largest tile's
 */
public record SkeletalSizes(
    long inputBytes, long attentionBytes, long qkvBytes, long keptBytes, long tileBytes) {

  /** All that is a function, token by token, of the input and the attention's output. */
  public long othersBytes() {
    return qkvBytes + keptBytes;
  }
}
