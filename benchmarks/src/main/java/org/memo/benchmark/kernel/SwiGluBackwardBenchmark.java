package org.memo.benchmark.kernel;

import org.memo.op.SwiGluBackward;

/** In place: gates and ups become their gradients, the gradient the activation. */
public class SwiGluBackwardBenchmark extends TokenBenchmark {
  private static final long F = Llama25m.FFN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer gateUp = buffers.random("gateUp", tokens * 2 * F, -4, 4);
    Buffer act = buffers.random("act", tokens * F);
    return KernelCase.boundByMemory(
            set -> new SwiGluBackward(set.at(gateUp), set.at(act), tokens, F),
            answer -> check(gateUp, act, answer.of(gateUp), answer.of(act)))
        .restoring(gateUp, act);
  }

  private void check(Buffer gateUp, Buffer dact, Buffer dgateUp, Buffer act) {
    for (long t : Answer.samples(tokens)) {
      for (long f = 0; f < F; f++) {
        long gateAt = t * 2 * F + f;
        double gate = gateUp.at(gateAt);
        double up = gateUp.at(gateAt + F);
        double gradient = dact.at(t * F + f);
        Answer.expect(act, t * F + f, Activations.silu(gate) * up, 1e-5);
        Answer.expect(dgateUp, gateAt, gradient * up * Activations.siluSlope(gate), 1e-5);
        Answer.expect(dgateUp, gateAt + F, gradient * Activations.silu(gate), 1e-5);
      }
    }
  }
}
