package org.memo.benchmark.kernel;

import org.memo.op.SwiGluBackward;

/** In place: gates and ups become their gradients, the gradient the activation. */
public class SwiGluBackwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer gateUp = buffers.random("gateUp", tokens * 2 * model.ffn(), -4, 4);
    Buffer act = buffers.random("act", tokens * model.ffn());
    return KernelCase.boundByMemory(
            set -> new SwiGluBackward(set.at(gateUp), set.at(act), tokens, model.ffn(), type),
            answer -> check(gateUp, act, answer.of(gateUp), answer.of(act)))
        .restoring(gateUp, act);
  }

  private void check(Buffer gateUp, Buffer dact, Buffer dgateUp, Buffer act) {
    for (long t : Answer.samples(tokens)) {
      for (long f = 0; f < model.ffn(); f++) {
        long gateAt = t * 2 * model.ffn() + f;
        double gate = gateUp.at(gateAt);
        double up = gateUp.at(gateAt + model.ffn());
        double gradient = dact.at(t * model.ffn() + f);
        Answer.expect(act, t * model.ffn() + f, Activations.silu(gate) * up, 1e-5);
        Answer.expect(dgateUp, gateAt, gradient * up * Activations.siluSlope(gate), 1e-5);
        Answer.expect(dgateUp, gateAt + model.ffn(), gradient * Activations.silu(gate), 1e-5);
      }
    }
  }
}
