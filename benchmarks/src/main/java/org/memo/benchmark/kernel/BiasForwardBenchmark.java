package org.memo.benchmark.kernel;

import org.memo.op.BiasForward;

/** In place: a bias is added again and again, which stays finite. */
public class BiasForwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer y = buffers.random("y", tokens * model.ffn());
    Buffer bias = buffers.random("bias", model.ffn());
    return KernelCase.boundByMemory(
        set -> new BiasForward(set.at(y), set.at(bias), tokens, model.ffn(), type),
        answer -> check(y, bias, answer.of(y)));
  }

  private void check(Buffer before, Buffer bias, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      for (long f = 0; f < model.ffn(); f++) {
        Answer.expect(y, t * model.ffn() + f, before.at(t * model.ffn() + f) + bias.at(f), 1e-6);
      }
    }
  }
}
