package org.memo.benchmark.kernel;

import org.memo.op.SwiGluForward;

/** Row by row, so a few rows are compared. */
public class SwiGluForwardBenchmark extends TokenBenchmark {
  private static final long F = Llama25m.FFN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer gateUp = buffers.random("gateUp", tokens * 2 * F, -4, 4);
    Buffer act = buffers.zeros("act", tokens * F);
    return KernelCase.boundByMemory(
        set -> new SwiGluForward(set.at(gateUp), set.at(act), tokens, F),
        answer -> check(gateUp, answer.of(act)));
  }

  private void check(Buffer gateUp, Buffer act) {
    for (long t : Answer.samples(tokens)) {
      for (long f = 0; f < F; f++) {
        double gate = gateUp.at(t * 2 * F + f);
        double up = gateUp.at(t * 2 * F + F + f);
        Answer.expect(act, t * F + f, Activations.silu(gate) * up, 1e-5);
      }
    }
  }
}
