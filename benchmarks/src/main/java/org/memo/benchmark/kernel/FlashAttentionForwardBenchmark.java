package org.memo.benchmark.kernel;

/** Causal attention of one document; a few queries of two heads are compared. */
public class FlashAttentionForwardBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    AttentionCase attention = new AttentionCase(buffers, model, type, tokens);
    return KernelCase.boundByProducts(
        attention::forward,
        answer -> {
          Buffer out = answer.of(attention.out);
          Buffer logSumExp = answer.of(attention.logSumExp);
          for (long t : Answer.samples(tokens)) {
            for (long head : Answer.ends(model.heads())) {
              check(attention, t, head, out, logSumExp);
            }
          }
        });
  }

  private void check(AttentionCase attention, long t, long head, Buffer out, Buffer logSumExp) {
    double sum = 0;
    double[] values = new double[attention.headDim()];
    for (long s = 0; s <= t; s++) {
      double weight = Math.exp(attention.score(t, s, head));
      sum += weight;
      for (int d = 0; d < values.length; d++) {
        values[d] += weight * attention.value(s, head, d);
      }
    }
    Answer.expect(logSumExp, head * tokens + t, Math.log(sum), attention.tolerance(1e-5));
    for (int d = 0; d < values.length; d++) {
      long at = t * attention.shape.outWidth() + head * attention.headDim() + d;
      Answer.expect(out, at, values[d] / sum, attention.tolerance(1e-5));
    }
  }
}
