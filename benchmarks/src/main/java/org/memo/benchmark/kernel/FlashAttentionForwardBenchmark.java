package org.memo.benchmark.kernel;

/** Causal attention of one document; a few queries of each head are compared. */
public class FlashAttentionForwardBenchmark extends TokenBenchmark {
  private static final long D = AttentionCase.D;

  @Override
  KernelCase define(Buffers buffers) {
    AttentionCase attention = new AttentionCase(buffers, tokens);
    return KernelCase.boundByProducts(
        attention::forward,
        answer -> {
          Buffer out = answer.of(attention.out);
          Buffer logSumExp = answer.of(attention.logSumExp);
          for (long t : Answer.samples(tokens)) {
            for (long head = 0; head < AttentionCase.HEADS; head++) {
              check(attention, t, head, out, logSumExp);
            }
          }
        });
  }

  private void check(AttentionCase attention, long t, long head, Buffer out, Buffer logSumExp) {
    double sum = 0;
    double[] values = new double[(int) D];
    for (long s = 0; s <= t; s++) {
      double weight = Math.exp(attention.score(t, s, head));
      sum += weight;
      for (int d = 0; d < D; d++) {
        values[d] += weight * attention.value(s, head, d);
      }
    }
    Answer.expect(logSumExp, head * tokens + t, Math.log(sum), 1e-5);
    for (int d = 0; d < D; d++) {
      Answer.expect(out, t * AttentionCase.HEADS * D + head * D + d, values[d] / sum, 1e-5);
    }
  }
}
