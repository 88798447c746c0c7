package org.memo.benchmark.kernel;

import org.memo.op.BiasForward;

/** In place: a bias is added again and again, which stays finite. */
public class BiasForwardBenchmark extends TokenBenchmark {
  private static final long F = Llama25m.FFN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer y = buffers.random("y", tokens * F);
    Buffer bias = buffers.random("bias", F);
    return KernelCase.boundByMemory(
        set -> new BiasForward(set.at(y), set.at(bias), tokens, F),
        answer -> check(y, bias, answer.of(y)));
  }

  private void check(Buffer before, Buffer bias, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      for (long f = 0; f < F; f++) {
        Answer.expect(y, t * F + f, before.at(t * F + f) + bias.at(f), 1e-6);
      }
    }
  }
}
