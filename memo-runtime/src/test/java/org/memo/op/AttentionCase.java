package org.memo.op;

/** One attention with its input and what the reference makes of it, which is computed once. */
final class AttentionCase {
  final AttentionShape shape;
  final long[] segmentOffsets;
  final float[] qkv;
  final float[] dout;
  private Expected expected;

  static final class Expected {
    final double[] out;
    final double[] logSumExp;
    final double[] dqkv;
    final double largestScore;

    private Expected(ReferenceAttention reference, double[] dout) {
      out = reference.out();
      logSumExp = reference.logSumExp();
      dqkv = reference.gradient(dout);
      largestScore = reference.largestScore();
    }
  }

  /**
   * @param deviation of the queries, keys and values
   */
  AttentionCase(
      long tokens, long heads, long kvHeads, long headDim, double deviation, long... offsets) {
    float scale = (float) (1 / Math.sqrt(headDim));
    shape = new AttentionShape(tokens, heads, kvHeads, headDim, scale, offsets.length, 0);
    segmentOffsets = offsets;
    qkv = Samples.normal(1, tokens * shape.qkvWidth(), deviation);
    dout = Samples.normal(2, tokens * shape.outWidth());
  }

  Expected expected() {
    if (expected == null) {
      ReferenceAttention reference =
          new ReferenceAttention(shape, segmentOffsets, Samples.doubles(qkv));
      expected = new Expected(reference, Samples.doubles(dout));
    }
    return expected;
  }

  @Override
  public String toString() {
    return "T=%d H=%d K=%d D=%d segments=%d"
        .formatted(
            shape.tokens(),
            shape.heads(),
            shape.kvHeads(),
            shape.headDim(),
            segmentOffsets.length - 1);
  }
}
