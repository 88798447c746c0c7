package org.memo.benchmark.kernel;

import org.memo.op.LayerNormForward;

/** Row by row, so a few rows are compared. */
public class LayerNormForwardBenchmark extends TokenBenchmark {
  private static final long E = Llama25m.HIDDEN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", tokens * E);
    Buffer weight = buffers.random("weight", E);
    Buffer bias = buffers.random("bias", E);
    Buffer y = buffers.zeros("y", tokens * E);
    return KernelCase.boundByMemory(
        set ->
            new LayerNormForward(
                set.at(x), set.at(weight), set.at(bias), set.at(y), tokens, E, Llama25m.EPSILON),
        answer -> check(x, weight, bias, answer.of(y)));
  }

  private void check(Buffer x, Buffer weight, Buffer bias, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      RowStatistics row = RowStatistics.of(x, t, E);
      for (long e = 0; e < E; e++) {
        double expected = row.normalized(x.at(t * E + e)) * weight.at(e) + bias.at(e);
        Answer.expect(y, t * E + e, expected, 1e-5);
      }
    }
  }
}
