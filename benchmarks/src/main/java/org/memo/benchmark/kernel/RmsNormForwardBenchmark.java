package org.memo.benchmark.kernel;

import org.memo.op.RmsNormForward;

/** Row by row, so a few rows are compared. */
public class RmsNormForwardBenchmark extends TokenBenchmark {
  private static final long E = Llama25m.HIDDEN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * E);
    Buffer weight = buffers.random("weight", E);
    Buffer y = buffers.zeros("y", tokens * E);
    return KernelCase.boundByMemory(
        set ->
            new RmsNormForward(set.at(x), set.at(weight), set.at(y), tokens, E, Llama25m.EPSILON),
        answer -> check(x, weight, answer.of(y)));
  }

  private void check(Buffer x, Buffer weight, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      RowStatistics row = RowStatistics.ofSquares(x, t, E);
      for (long e = 0; e < E; e++) {
        Answer.expect(y, t * E + e, row.normalized(x.at(t * E + e)) * weight.at(e), 1e-5);
      }
    }
  }
}
