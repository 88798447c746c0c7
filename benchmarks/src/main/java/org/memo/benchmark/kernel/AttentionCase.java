package org.memo.benchmark.kernel;

import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionForward;
import org.memo.planner.cost.ElementType;

/** Attention over one document of so many tokens: its inputs, and its scores in f64. */
final class AttentionCase {
  /** Of probabilities and gradients of scores rounded to bf16 before they are multiplied. */
  private static final double PRODUCT_TOLERANCE = 0.02;

  final AttentionShape shape;
  final Buffer qkv;
  final Buffer out;
  final Buffer logSumExp;
  final Buffer segmentOffsets;
  private final ModelShape model;
  private final ElementType type;

  AttentionCase(Buffers buffers, ModelShape model, ElementType type, long tokens) {
    this.model = model;
    this.type = type;
    float scale = (float) (1 / Math.sqrt(model.headDim()));
    double pairs = 0.5 * tokens * (tokens + 1);
    shape =
        new AttentionShape(
            tokens, model.heads(), model.kvHeads(), model.headDim(), scale, 2, pairs);
    qkv = buffers.random("qkv", tokens * model.qkvWidth());
    out = buffers.zeros("out", tokens * shape.outWidth());
    logSumExp = buffers.zeroFloats("logSumExp", model.heads() * tokens);
    segmentOffsets = buffers.longs("segmentOffsets", 0, tokens);
  }

  FlashAttentionForward forward(BufferSet set) {
    return new FlashAttentionForward(
        set.at(qkv), set.at(out), set.at(logSumExp), set.at(segmentOffsets), shape, type);
  }

  double query(long token, long head, long d) {
    return qkv.at(queryAt(token, head) + d);
  }

  double key(long token, long head, long d) {
    return qkv.at(keyAt(token, head) + d);
  }

  double value(long token, long head, long d) {
    return qkv.at(valueAt(token, head) + d);
  }

  /** Where the head's query starts, and its gradient in dqkv. */
  long queryAt(long token, long head) {
    return token * model.qkvWidth() + head * headDim();
  }

  /** Where the key starts that query head {@code head} looks at. */
  long keyAt(long token, long head) {
    return token * model.qkvWidth() + (model.heads() + head / group()) * headDim();
  }

  /** Where the value starts that query head {@code head} looks at. */
  long valueAt(long token, long head) {
    return keyAt(token, head) + model.kvHeads() * headDim();
  }

  /** The scaled score of a query and a key. */
  double score(long queryToken, long keyToken, long head) {
    double sum = 0;
    for (long d = 0; d < headDim(); d++) {
      sum += query(queryToken, head, d) * key(keyToken, head, d);
    }
    return sum * shape.scale();
  }

  int headDim() {
    return Math.toIntExact(model.headDim());
  }

  /** Query heads that share a key. */
  long group() {
    return model.heads() / model.kvHeads();
  }

  /** As {@link #tolerance(ElementType, double)}, for the case's type. */
  double tolerance(double tolerance) {
    return tolerance(type, tolerance);
  }

  /**
   * The error that the element type of products allows, relative and absolute below 1.
   *
   * @param tolerance in f32
   */
  static double tolerance(ElementType type, double tolerance) {
    return type == ElementType.F32 ? tolerance : PRODUCT_TOLERANCE;
  }
}
