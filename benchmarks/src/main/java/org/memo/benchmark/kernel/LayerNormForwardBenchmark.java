package org.memo.benchmark.kernel;

import org.memo.op.LayerNormForward;

/** Row by row, so a few rows are compared. */
public class LayerNormForwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * model.hidden());
    Buffer weight = buffers.random("weight", model.hidden());
    Buffer bias = buffers.random("bias", model.hidden());
    Buffer y = buffers.zeros("y", tokens * model.hidden());
    return KernelCase.boundByMemory(
        set ->
            new LayerNormForward(
                set.at(x),
                set.at(weight),
                set.at(bias),
                set.at(y),
                tokens,
                model.hidden(),
                ModelShape.EPSILON,
                type),
        answer -> check(x, weight, bias, answer.of(y)));
  }

  private void check(Buffer x, Buffer weight, Buffer bias, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      RowStatistics row = RowStatistics.of(x, t, model.hidden());
      for (long e = 0; e < model.hidden(); e++) {
        double expected = row.normalized(x.at(t * model.hidden() + e)) * weight.at(e) + bias.at(e);
        Answer.expect(y, t * model.hidden() + e, expected, 1e-5);
      }
    }
  }
}
