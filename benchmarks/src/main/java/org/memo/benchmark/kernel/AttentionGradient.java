package org.memo.benchmark.kernel;

/** The gradient of attention in f64, from the forward pass's output and log-sum-exp. */
final class AttentionGradient {
  private final AttentionCase attention;
  private final Buffer out;
  private final Buffer logSumExp;
  private final Buffer dout;
  private final long tokens;
  private final int headDim;

  AttentionGradient(
      AttentionCase attention, Buffer out, Buffer logSumExp, Buffer dout, long tokens) {
    this.attention = attention;
    this.out = out;
    this.logSumExp = logSumExp;
    this.dout = dout;
    this.tokens = tokens;
    this.headDim = attention.headDim();
  }

  /** {@code dq = sum over keys of dscore key}. */
  void expectQuery(Buffer dqkv, long t, long head) {
    double[] expected = new double[headDim];
    for (long s = 0; s <= t; s++) {
      double dscore = dscore(t, s, head);
      for (int d = 0; d < headDim; d++) {
        expected[d] += dscore * attention.key(s, head, d);
      }
    }
    expect(dqkv, attention.queryAt(t, head), expected);
  }

  /**
   * {@code dk = sum of dscore query} and {@code dv = sum of probability dout}, over later queries
   * of all heads that share the key.
   */
  void expectKeyAndValue(Buffer dqkv, long s, long firstHead) {
    double[] key = new double[headDim];
    double[] value = new double[headDim];
    for (long head = firstHead; head < firstHead + attention.group(); head++) {
      for (long t = s; t < tokens; t++) {
        double dscore = dscore(t, s, head);
        double probability = probability(t, s, head);
        for (int d = 0; d < headDim; d++) {
          key[d] += dscore * attention.query(t, head, d);
          value[d] += probability * dout.at(outAt(t, head) + d);
        }
      }
    }
    expect(dqkv, attention.keyAt(s, firstHead), key);
    expect(dqkv, attention.valueAt(s, firstHead), value);
  }

  /** The gradient of the unscaled score. */
  private double dscore(long t, long s, long head) {
    double sum = 0;
    for (int d = 0; d < headDim; d++) {
      long at = outAt(t, head) + d;
      sum += dout.at(at) * (attention.value(s, head, d) - out.at(at));
    }
    return sum * probability(t, s, head) * attention.shape.scale();
  }

  private double probability(long t, long s, long head) {
    return Math.exp(attention.score(t, s, head) - logSumExp.at(head * tokens + t));
  }

  private long outAt(long token, long head) {
    return token * attention.shape.outWidth() + head * headDim;
  }

  private void expect(Buffer actual, long at, double[] expected) {
    for (int d = 0; d < headDim; d++) {
      Answer.expect(actual, at + d, expected[d], attention.tolerance(1e-4));
    }
  }
}
