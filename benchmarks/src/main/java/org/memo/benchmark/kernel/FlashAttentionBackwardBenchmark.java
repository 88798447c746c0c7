package org.memo.benchmark.kernel;

import org.memo.op.FlashAttentionBackward;

/** The gradients of a few queries, and of a few keys and values, are compared. */
public class FlashAttentionBackwardBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    AttentionCase attention = new AttentionCase(buffers, tokens);
    Buffer dout = buffers.random("dout", attention.out.sizeBytes() / Float.BYTES);
    Buffer delta = buffers.zeros("delta", AttentionCase.HEADS * tokens);
    Buffer dqkv = buffers.zeros("dqkv", attention.qkv.sizeBytes() / Float.BYTES);
    return KernelCase.boundByProducts(
            set ->
                new FlashAttentionBackward(
                    set.at(attention.qkv),
                    set.at(attention.out),
                    set.at(dout),
                    set.at(attention.logSumExp),
                    set.at(delta),
                    set.at(dqkv),
                    set.at(attention.segmentOffsets),
                    attention.shape),
            answer -> check(attention, dout, answer, answer.of(dqkv)))
        .preparedBy(attention::forward);
  }

  private void check(AttentionCase attention, Buffer dout, Answer answer, Buffer dqkv) {
    AttentionGradient reference =
        new AttentionGradient(
            attention, answer.of(attention.out), answer.of(attention.logSumExp), dout, tokens);
    for (long t : Answer.samples(tokens)) {
      for (long head = 0; head < AttentionCase.HEADS; head++) {
        reference.expectQuery(dqkv, t, head);
      }
      for (long head = 0; head < AttentionCase.HEADS; head += AttentionCase.GROUP) {
        reference.expectKeyAndValue(dqkv, t, head);
      }
    }
  }
}
