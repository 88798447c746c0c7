package org.memo.bindings.kernels;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.Segments;

/**
 * What an attention call works on. Token t attends to the tokens of its own segment up to itself;
 * query head h reads key/value head h / (heads / kvHeads).
 *
 * @param segmentOffsets [numSegments + 1] i64: ascending, the first 0, the last {@code tokens}
 * @param headDim elements of one head, 1 to 256
 * @param scale what the scores are multiplied with before the softmax
 */
public record AttentionShape(
    MemorySegment segmentOffsets,
    long numSegments,
    long tokens,
    long heads,
    long kvHeads,
    long headDim,
    float scale) {

  public AttentionShape {
    Segments.requireLongs("segment_offsets", Math.addExact(numSegments, 1), segmentOffsets);
  }

  long queryCols() {
    return Math.multiplyExact(heads, headDim);
  }

  long keyCols() {
    return Math.multiplyExact(kvHeads, headDim);
  }

  /** Elements of log-sum-exp and of delta: [heads, tokens]. */
  long statistics() {
    return Math.multiplyExact(heads, tokens);
  }

  /** Sizes only, for an error message. */
  @Override
  public String toString() {
    return "(segments=%d tokens=%d heads=%d kv_heads=%d head_dim=%d scale=%s)"
        .formatted(numSegments, tokens, heads, kvHeads, headDim, scale);
  }
}
