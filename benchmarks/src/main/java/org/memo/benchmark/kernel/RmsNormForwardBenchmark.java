package org.memo.benchmark.kernel;

import org.memo.op.RmsNormForward;

/** Row by row, so a few rows are compared. */
public class RmsNormForwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * model.hidden());
    Buffer weight = buffers.random("weight", model.hidden());
    Buffer y = buffers.zeros("y", tokens * model.hidden());
    return KernelCase.boundByMemory(
        set ->
            new RmsNormForward(
                set.at(x),
                set.at(weight),
                set.at(y),
                tokens,
                model.hidden(),
                ModelShape.EPSILON,
                type),
        answer -> check(x, weight, answer.of(y)));
  }

  private void check(Buffer x, Buffer weight, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      RowStatistics row = RowStatistics.ofSquares(x, t, model.hidden());
      for (long e = 0; e < model.hidden(); e++) {
        Answer.expect(
            y,
            t * model.hidden() + e,
            row.normalized(x.at(t * model.hidden() + e)) * weight.at(e),
            1e-5);
      }
    }
  }
}
