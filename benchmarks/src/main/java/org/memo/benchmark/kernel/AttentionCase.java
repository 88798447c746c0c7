package org.memo.benchmark.kernel;

import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionForward;

/** Attention over one document of so many tokens: its inputs, and its scores in f64. */
final class AttentionCase {
  static final long D = Llama25m.HEAD_DIM;
  static final long HEADS = Llama25m.HEADS;
  static final long GROUP = Llama25m.HEADS / Llama25m.KV_HEADS;
  private static final float SCALE = (float) (1 / Math.sqrt(D));
  private static final long WIDTH = Llama25m.QKV_WIDTH;

  final AttentionShape shape;
  final Buffer qkv;
  final Buffer out;
  final Buffer logSumExp;
  final Buffer segmentOffsets;

  AttentionCase(Buffers buffers, long tokens) {
    double pairs = 0.5 * tokens * (tokens + 1);
    shape = new AttentionShape(tokens, HEADS, Llama25m.KV_HEADS, D, SCALE, 2, pairs);
    qkv = buffers.random("qkv", tokens * WIDTH);
    out = buffers.zeros("out", tokens * HEADS * D);
    logSumExp = buffers.zeros("logSumExp", HEADS * tokens);
    segmentOffsets = buffers.longs("segmentOffsets", 0, tokens);
  }

  FlashAttentionForward forward(BufferSet set) {
    return new FlashAttentionForward(
        set.at(qkv), set.at(out), set.at(logSumExp), set.at(segmentOffsets), shape);
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
  static long queryAt(long token, long head) {
    return token * WIDTH + head * D;
  }

  /** Where the key starts that query head {@code head} looks at. */
  static long keyAt(long token, long head) {
    return token * WIDTH + (HEADS + head / GROUP) * D;
  }

  /** Where the value starts that query head {@code head} looks at. */
  static long valueAt(long token, long head) {
    return keyAt(token, head) + Llama25m.KV_HEADS * D;
  }

  /** The scaled score of a query and a key. */
  double score(long queryToken, long keyToken, long head) {
    double sum = 0;
    for (long d = 0; d < D; d++) {
      sum += query(queryToken, head, d) * key(keyToken, head, d);
    }
    return sum * SCALE;
  }
}
