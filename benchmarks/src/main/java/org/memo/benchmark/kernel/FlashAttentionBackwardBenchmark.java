package org.memo.benchmark.kernel;

import org.memo.op.FlashAttentionBackward;

/** The gradients of a few queries, and of a few keys and values, are compared. */
public class FlashAttentionBackwardBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    AttentionCase attention = new AttentionCase(buffers, model, type, tokens);
    Buffer dout = buffers.random("dout", attention.out.elements());
    Buffer delta = buffers.zeroFloats("delta", model.heads() * tokens);
    Buffer dqkv = buffers.zeros("dqkv", attention.qkv.elements());
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
                    attention.shape,
                    type),
            answer -> check(attention, dout, answer, answer.of(dqkv)))
        .preparedBy(attention::forward);
  }

  private void check(AttentionCase attention, Buffer dout, Answer answer, Buffer dqkv) {
    AttentionGradient reference =
        new AttentionGradient(
            attention, answer.of(attention.out), answer.of(attention.logSumExp), dout, tokens);
    for (long t : Answer.samples(tokens)) {
      for (long head : Answer.ends(model.heads())) {
        reference.expectQuery(dqkv, t, head);
      }
      for (long kvHead : Answer.ends(model.kvHeads())) {
        reference.expectKeyAndValue(dqkv, t, kvHead * attention.group());
      }
    }
  }
}
