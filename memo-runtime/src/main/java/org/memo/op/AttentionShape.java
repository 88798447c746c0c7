package org.memo.op;

/**
 * The shape of an attention over T tokens whose queries, keys and values lie side by side in rows
 * of {@code (H + 2K) D} elements.
 *
 * @param segmentOffsets how many entries the offsets have: the number of segments and one
 * @param scoredPairs (query, key) pairs under the causal, block-diagonal mask, of one head: for the
 *     FLOPs
 */
public record AttentionShape(
    long tokens,
    long heads,
    long kvHeads,
    long headDim,
    float scale,
    long segmentOffsets,
    double scoredPairs) {

  /** The elements of a row of queries, keys and values. */
  public long qkvWidth() {
    return (heads + 2 * kvHeads) * headDim;
  }

  /** The elements of a row of keys and values. */
  public long keysValuesWidth() {
    return 2 * kvHeads * headDim;
  }

  /** The elements of a row of the output. */
  public long outWidth() {
    return heads * headDim;
  }

  /** FLOPs of one product of T x T scores with a head dimension, under the mask, over all heads. */
  double productFlops() {
    return 2 * scoredPairs * headDim * heads;
  }
}
