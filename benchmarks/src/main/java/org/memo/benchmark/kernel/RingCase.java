package org.memo.benchmark.kernel;

import org.memo.op.AttentionShape;
import org.memo.op.RingAttentionForward;
import org.memo.op.RingBlock;
import org.memo.planner.cost.ElementType;

/**
 * The second of two places attends to the keys of the first: all its queries see the first half of
 * them, which is as much as a causal sequence of a place's tokens.
 */
final class RingCase {
  final AttentionShape shape;
  final RingBlock block;
  final Buffer qkv;
  final Buffer keysValues;
  final Buffer out;
  final Buffer logSumExp;
  final Buffer segmentOffsets;
  private final ModelShape model;
  private final ElementType type;

  /**
   * @param least tokens of a place, which has two equal chunks
   */
  RingCase(Buffers buffers, ModelShape model, ElementType type, long least) {
    long tokens = 2 * Math.ceilDiv(least, 2L);
    this.model = model;
    this.type = type;
    block = new RingBlock(tokens / 2, 2, 1, 0);
    float scale = (float) (1 / Math.sqrt(model.headDim()));
    double pairs = 0.5 * tokens * tokens;
    shape =
        new AttentionShape(
            tokens, model.heads(), model.kvHeads(), model.headDim(), scale, 2, pairs);
    qkv = buffers.random("qkv", tokens * model.qkvWidth());
    keysValues = buffers.random("keysValues", tokens * shape.keysValuesWidth());
    out = buffers.zeroFloats("out", tokens * shape.outWidth());
    logSumExp = buffers.zeroFloats("logSumExp", model.heads() * tokens);
    segmentOffsets = buffers.longs("segmentOffsets", 0, 2 * tokens);
  }

  RingAttentionForward forward(BufferSet set) {
    return new RingAttentionForward(
        set.at(qkv),
        set.at(keysValues),
        set.at(out),
        set.at(logSumExp),
        set.at(segmentOffsets),
        block,
        shape,
        true,
        type);
  }

  /** The keys that each query sees: the first of them. */
  long seenKeys() {
    return block.chunkTokens();
  }

  /** The scaled score of a query and a key. */
  double score(long query, long key, long head) {
    double sum = 0;
    for (long d = 0; d < model.headDim(); d++) {
      double q = qkv.at(query * model.qkvWidth() + head * model.headDim() + d);
      sum += q * keysValues.at(keyAt(key, head) + d);
    }
    return sum * shape.scale();
  }

  double value(long key, long head, long d) {
    return keysValues.at(valueAt(key, head) + d);
  }

  /** Where the value starts that query head {@code head} looks at. */
  long valueAt(long key, long head) {
    return keyAt(key, head) + model.kvHeads() * model.headDim();
  }

  private long keyAt(long key, long head) {
    long kvHead = head / (model.heads() / model.kvHeads());
    return key * shape.keysValuesWidth() + kvHead * model.headDim();
  }
}
