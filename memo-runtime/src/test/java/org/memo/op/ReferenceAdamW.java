package org.memo.op;

/** AdamW in double precision, by the formulas of PyTorch's documentation. */
final class ReferenceAdamW {
  final double[] parameters;
  final double[] firstMoment;
  final double[] secondMoment;

  ReferenceAdamW(double[] parameters) {
    this.parameters = parameters;
    this.firstMoment = new double[parameters.length];
    this.secondMoment = new double[parameters.length];
  }

  void step(double[] gradient, AdamWStep step) {
    for (int i = 0; i < parameters.length; i++) {
      double g = gradient[i] * step.gradientScale();
      parameters[i] -= step.learningRate() * step.weightDecay() * parameters[i];
      firstMoment[i] = step.beta1() * firstMoment[i] + (1 - step.beta1()) * g;
      secondMoment[i] = step.beta2() * secondMoment[i] + (1 - step.beta2()) * g * g;
      double first = firstMoment[i] / step.biasCorrection1();
      double second = secondMoment[i] / step.biasCorrection2();
      parameters[i] -= step.learningRate() * first / (Math.sqrt(second) + step.epsilon());
    }
  }
}
