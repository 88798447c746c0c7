package org.memo.benchmark.kernel;

import org.memo.op.SwiGluForward;

/** Row by row, so a few rows are compared. */
public class SwiGluForwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer gateUp = buffers.random("gateUp", tokens * 2 * model.ffn(), -4, 4);
    Buffer act = buffers.zeros("act", tokens * model.ffn());
    return KernelCase.boundByMemory(
        set -> new SwiGluForward(set.at(gateUp), set.at(act), tokens, model.ffn(), type),
        answer -> check(gateUp, answer.of(act)));
  }

  private void check(Buffer gateUp, Buffer act) {
    for (long t : Answer.samples(tokens)) {
      for (long f = 0; f < model.ffn(); f++) {
        double gate = gateUp.at(t * 2 * model.ffn() + f);
        double up = gateUp.at(t * 2 * model.ffn() + model.ffn() + f);
        Answer.expect(act, t * model.ffn() + f, Activations.silu(gate) * up, 1e-5);
      }
    }
  }
}
