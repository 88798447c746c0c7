package org.memo.op;

import org.memo.planner.cost.ElementType;

/** One attention with its input and what the reference makes of it, which is computed once. */
final class AttentionCase {
  final ElementType type;
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

    private Expected(ReferenceAttention reference, double[] dout, ElementType type) {
      out = reference.out();
      logSumExp = reference.logSumExp();
      dqkv = reference.gradient(dout, stored(out, type));
      largestScore = reference.largestScore();
    }
  }

  /**
   * @param deviation of the queries, keys and values
   */
  AttentionCase(
      ElementType type,
      long tokens,
      long heads,
      long kvHeads,
      long headDim,
      double deviation,
      long... offsets) {
    this.type = type;
    float scale = (float) (1 / Math.sqrt(headDim));
    shape = new AttentionShape(tokens, heads, kvHeads, headDim, scale, offsets.length, 0);
    segmentOffsets = offsets;
    qkv = Rounding.to(type, Samples.normal(1, tokens * shape.qkvWidth(), deviation));
    dout = Rounding.to(type, Samples.normal(2, tokens * shape.outWidth()));
  }

  Expected expected() {
    if (expected == null) {
      ReferenceAttention reference =
          new ReferenceAttention(shape, segmentOffsets, Samples.doubles(qkv));
      expected = new Expected(reference, Samples.doubles(dout), type);
    }
    return expected;
  }

  /** For results that are sums of a probability's or a score's gradient's multiples. */
  Bound bound(double[] results) {
    return Bound.ofLargest(epsilon(), results);
  }

  /** For log-sum-exps. */
  Bound statisticsBound() {
    return new Bound(3e-6 + scoreError(), 1e-6);
  }

  /**
   * Tensor cores take probabilities and scores' gradients in bf16, and the results are rounded too:
   * twice half a unit, but no more however many there are.
   */
  private double epsilon() {
    double rounding = type == ElementType.F32 ? 3e-6 : 2 * Rounding.error(type);
    return rounding + scoreError();
  }

  /** A score's rounding error is a relative error of its probability. */
  private double scoreError() {
    return 2e-7 * expected().largestScore;
  }

  /** What backward reads of it: in f32 its rounding does not matter. */
  private static double[] stored(double[] out, ElementType type) {
    double[] stored = out.clone();
    if (type != ElementType.F32) {
      for (int i = 0; i < stored.length; i++) {
        stored[i] = Rounding.to(type, (float) stored[i]);
      }
    }
    return stored;
  }

  @Override
  public String toString() {
    return "%s T=%d H=%d K=%d D=%d segments=%d"
        .formatted(
            type,
            shape.tokens(),
            shape.heads(),
            shape.kvHeads(),
            shape.headDim(),
            segmentOffsets.length - 1);
  }
}
