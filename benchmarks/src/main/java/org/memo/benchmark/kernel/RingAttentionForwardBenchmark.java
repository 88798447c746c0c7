package org.memo.benchmark.kernel;

/** A block of ring attention, of as many scores as {@link FlashAttentionForwardBenchmark} has. */
public class RingAttentionForwardBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    RingCase ring = new RingCase(buffers, model, type, tokens);
    return KernelCase.boundByProducts(
        ring::forward,
        answer -> {
          Buffer out = answer.of(ring.out);
          Buffer logSumExp = answer.of(ring.logSumExp);
          for (long t : Answer.samples(tokens)) {
            for (long head : Answer.ends(model.heads())) {
              check(ring, t, head, out, logSumExp);
            }
          }
        });
  }

  private void check(RingCase ring, long t, long head, Buffer out, Buffer logSumExp) {
    double sum = 0;
    double[] values = new double[Math.toIntExact(model.headDim())];
    for (long s = 0; s < ring.seenKeys(); s++) {
      double weight = Math.exp(ring.score(t, s, head));
      sum += weight;
      for (int d = 0; d < values.length; d++) {
        values[d] += weight * ring.value(s, head, d);
      }
    }
    double tolerance = AttentionCase.tolerance(type, 1e-5);
    Answer.expect(logSumExp, head * ring.shape.tokens() + t, Math.log(sum), tolerance);
    for (int d = 0; d < values.length; d++) {
      long at = t * ring.shape.outWidth() + head * model.headDim() + d;
      Answer.expect(out, at, values[d] / sum, tolerance);
    }
  }
}
