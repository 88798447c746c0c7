package org.memo.benchmark.kernel;

import org.memo.op.RmsNormBackward;

/** The gradient of the input is compared in a few rows, that of the weight whole. */
public class RmsNormBackwardBenchmark extends TokenBenchmark {
  private static final long E = Llama25m.HIDDEN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * E);
    Buffer weight = buffers.random("weight", E);
    Buffer dy = buffers.random("dy", tokens * E);
    Buffer dx = buffers.zeros("dx", tokens * E);
    Buffer dweight = buffers.zeros("dweight", E);
    NormGradient reference = new NormGradient(x, weight, dy, E, false);
    return KernelCase.boundByMemory(
        set ->
            new RmsNormBackward(
                set.at(x),
                set.at(weight),
                set.at(dy),
                set.at(dx),
                set.at(dweight),
                tokens,
                E,
                Llama25m.EPSILON),
        answer -> check(reference, answer.of(dx), answer.of(dweight)));
  }

  private void check(NormGradient reference, Buffer dx, Buffer dweight) {
    for (long t : Answer.samples(tokens)) {
      reference.expectRow(dx, t);
    }
    reference.expectWeight(dweight, tokens);
  }
}
