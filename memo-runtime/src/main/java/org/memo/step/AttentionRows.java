package org.memo.step;

import org.memo.op.AttentionShape;
import org.memo.planner.cost.ElementType;

/**
 * Rows of tokens with the heads that attend together.
 *
 * @param tokens N
 * @param heads h
 * @param kvHeads k
 * @param headDim D
 */
record AttentionRows(long tokens, long heads, long kvHeads, long headDim, ElementType type) {

  /** With one of equal groups of the heads. */
  AttentionRows ofGroup(int groups) {
    return new AttentionRows(tokens, heads / groups, kvHeads / groups, headDim, type);
  }

  /** The elements of a row of queries, keys and values. */
  long qkvWidth() {
    return (heads + 2 * kvHeads) * headDim;
  }

  /** The elements of a row of keys and values. */
  long keysValuesWidth() {
    return 2 * kvHeads * headDim;
  }

  /** The elements of a row of queries, or of the output. */
  long outWidth() {
    return heads * headDim;
  }

  /** Of [N, width]. */
  long bytes(long width) {
    return bytes(width, type);
  }

  /** Of [N, width] f32. */
  long floatBytes(long width) {
    return bytes(width, ElementType.F32);
  }

  /** [h, N] f32: log-sum-exp and row sums. */
  long statisticsBytes() {
    return floatBytes(heads);
  }

  private long bytes(long width, ElementType element) {
    return Math.multiplyExact(Math.multiplyExact(tokens, width), element.bytes());
  }

  /** Of a pass over some (query, key) pairs of each head. */
  AttentionShape shape(Attention.Segments segments, double scoredPairs) {
    return new AttentionShape(
        tokens,
        heads,
        kvHeads,
        headDim,
        (float) (1 / Math.sqrt(headDim)),
        segments.offsets().sizeBytes() / Long.BYTES,
        scoredPairs);
  }
}
