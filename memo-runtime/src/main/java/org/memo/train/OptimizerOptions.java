package org.memo.train;

/**
 * AdamW with decoupled weight decay and gradient clipping.
 *
 * @param learningRate the peak rate; {@link LearningRateSchedule} scales it
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param weightDecay times the learning rate, the share of a weight taken off each step
 * @param decay the parameters that decay
 * @param gradClip the largest L2 norm of all gradients together; 0 does not clip
 */
public record OptimizerOptions(
    double learningRate,
    double beta1,
    double beta2,
    double eps,
    double weightDecay,
    DecayRule decay,
    double gradClip) {
  public OptimizerOptions {
    requireNotNegative("lr", learningRate);
    OptionText.require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "a number from 0 to below 1");
    OptionText.require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "a number from 0 to below 1");
    OptionText.require(eps > 0 && Double.isFinite(eps), "eps", eps, "a number above 0");
    requireNotNegative("weight-decay", weightDecay);
    requireNotNegative("grad-clip", gradClip);
  }

  private static void requireNotNegative(String key, double given) {
    OptionText.require(given >= 0 && Double.isFinite(given), key, given, "a number of 0 or more");
  }
}
