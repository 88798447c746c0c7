package org.memo.benchmark.kernel;

import org.memo.op.RmsNormBackward;

/** The gradient of the input is compared in a few rows, that of the weight whole. */
public class RmsNormBackwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * model.hidden());
    Buffer weight = buffers.random("weight", model.hidden());
    Buffer dy = buffers.random("dy", tokens * model.hidden());
    Buffer dx = buffers.zeros("dx", tokens * model.hidden());
    Buffer dweight = buffers.zeroFloats("dweight", model.hidden());
    NormGradient reference = new NormGradient(x, weight, dy, model.hidden(), false);
    return KernelCase.boundByMemory(
        set ->
            new RmsNormBackward(
                set.at(x),
                set.at(weight),
                set.at(dy),
                set.at(dx),
                set.at(dweight),
                tokens,
                model.hidden(),
                ModelShape.EPSILON,
                type),
        answer -> check(reference, answer.of(dx), answer.of(dweight)));
  }

  private void check(NormGradient reference, Buffer dx, Buffer dweight) {
    for (long t : Answer.samples(tokens)) {
      reference.expectRow(dx, t);
    }
    reference.expectWeight(dweight, tokens);
  }
}
