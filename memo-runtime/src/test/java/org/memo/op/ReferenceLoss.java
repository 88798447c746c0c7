package org.memo.op;

/** Softmax and cross-entropy of a row of logits in double precision. */
final class ReferenceLoss {
  private ReferenceLoss() {}

  /** {@code -log(softmax(logits)[target])}. */
  static double loss(double[] logits, int target) {
    return logSumExp(logits) - logits[target];
  }

  /** {@code softmax(logits) - onehot(target)}. */
  static double[] gradient(double[] logits, int target) {
    double[] gradient = new double[logits.length];
    double logSum = logSumExp(logits);
    for (int i = 0; i < logits.length; i++) {
      gradient[i] = Math.exp(logits[i] - logSum);
    }
    gradient[target] -= 1;
    return gradient;
  }

  private static double logSumExp(double[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return largest + Math.log(sum);
  }
}
