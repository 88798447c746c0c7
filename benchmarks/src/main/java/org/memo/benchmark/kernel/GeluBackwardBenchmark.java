package org.memo.benchmark.kernel;

import org.memo.op.GeluBackward;

/** In place: x becomes its gradient, the gradient the activation. */
public class GeluBackwardBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    long elements = tokens * model.ffn();
    Buffer x = buffers.random("x", elements, -4, 4);
    Buffer act = buffers.random("act", elements);
    return KernelCase.boundByMemory(
            set -> new GeluBackward(set.at(x), set.at(act), elements, type),
            answer -> check(x, act, answer.of(x), answer.of(act)))
        .restoring(x, act);
  }

  private static void check(Buffer x, Buffer dact, Buffer dx, Buffer act) {
    for (long i : Answer.samples(x.elements())) {
      Answer.expect(act, i, Activations.gelu(x.at(i)), 1e-5);
      Answer.expect(dx, i, dact.at(i) * Activations.geluSlope(x.at(i)), 1e-5);
    }
  }
}
