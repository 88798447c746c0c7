package org.memo.benchmark.kernel;

import org.memo.op.GeluForward;

/** Element by element, so a few are compared. */
public class GeluForwardBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    long elements = tokens * model.ffn();
    Buffer x = buffers.random("x", elements, -4, 4);
    Buffer act = buffers.zeros("act", elements);
    return KernelCase.boundByMemory(
        set -> new GeluForward(set.at(x), set.at(act), elements, type),
        answer -> check(x, answer.of(act), elements));
  }

  private static void check(Buffer x, Buffer act, long elements) {
    for (long i : Answer.samples(elements)) {
      Answer.expect(act, i, Activations.gelu(x.at(i)), 1e-5);
    }
  }
}
