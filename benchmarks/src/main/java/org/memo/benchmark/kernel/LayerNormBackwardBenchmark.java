package org.memo.benchmark.kernel;

import org.memo.op.LayerNormBackward;

/** The gradient of the input is compared in a few rows, those of weight and bias whole. */
public class LayerNormBackwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * model.hidden());
    Buffer weight = buffers.random("weight", model.hidden());
    Buffer dy = buffers.random("dy", tokens * model.hidden());
    Buffer dx = buffers.zeros("dx", tokens * model.hidden());
    Buffer dweight = buffers.zeroFloats("dweight", model.hidden());
    Buffer dbias = buffers.zeroFloats("dbias", model.hidden());
    return KernelCase.boundByMemory(
        set ->
            new LayerNormBackward(
                set.at(x),
                set.at(weight),
                set.at(dy),
                set.at(dx),
                set.at(dweight),
                set.at(dbias),
                tokens,
                model.hidden(),
                ModelShape.EPSILON,
                type),
        answer -> {
          NormGradient reference = new NormGradient(x, weight, dy, model.hidden(), true);
          for (long t : Answer.samples(tokens)) {
            reference.expectRow(answer.of(dx), t);
          }
          reference.expectWeight(answer.of(dweight), tokens);
          ColumnSums.expect(answer.of(dbias), dy, tokens, model.hidden());
        });
  }
}
