package org.memo.benchmark.kernel;

import org.memo.op.LayerNormBackward;

/** The gradient of the input is compared in a few rows, those of weight and bias whole. */
public class LayerNormBackwardBenchmark extends TokenBenchmark {
  private static final long E = Llama25m.HIDDEN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * E);
    Buffer weight = buffers.random("weight", E);
    Buffer dy = buffers.random("dy", tokens * E);
    Buffer dx = buffers.zeros("dx", tokens * E);
    Buffer dweight = buffers.zeros("dweight", E);
    Buffer dbias = buffers.zeros("dbias", E);
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
                E,
                Llama25m.EPSILON),
        answer -> {
          NormGradient reference = new NormGradient(x, weight, dy, E, true);
          for (long t : Answer.samples(tokens)) {
            reference.expectRow(answer.of(dx), t);
          }
          reference.expectWeight(answer.of(dweight), tokens);
          ColumnSums.expect(answer.of(dbias), dy, tokens, E);
        });
  }
}
