package org.memo.benchmark.kernel;

import org.memo.op.AdamW;
import org.memo.op.AdamWStep;

/** The third step of an optimizer; its gradients, which it sets to zero, are filled again. */
public class AdamWBenchmark extends ElementBenchmark {
  private static final AdamWStep STEP =
      new AdamWStep(0.5, 1e-3, 0.9, 0.95, 1e-8, 0.1, 1 - Math.pow(0.9, 3), 1 - Math.pow(0.95, 3));

  @Override
  KernelCase define(Buffers buffers) {
    Buffer w = buffers.random("w", elements);
    Buffer m = buffers.random("m", elements);
    Buffer v = buffers.random("v", elements, 0, 1);
    Buffer gradient = buffers.random("gradient", elements);
    return KernelCase.boundByMemory(
            set -> new AdamW(set.at(w), set.at(m), set.at(v), set.at(gradient), elements, STEP),
            answer -> {
              for (long i : Answer.samples(elements)) {
                double g = gradient.at(i) * STEP.gradientScale();
                double mean = 0.9 * m.at(i) + 0.1 * g;
                double square = 0.95 * v.at(i) + 0.05 * g * g;
                Answer.expect(answer.of(m), i, mean, 1e-6);
                Answer.expect(answer.of(v), i, square, 1e-6);
                Answer.expect(answer.of(w), i, updated(w.at(i), mean, square), 1e-6);
                Answer.expect(answer.of(gradient), i, 0, 0);
              }
            })
        .restoring(gradient);
  }

  private static double updated(double w, double mean, double square) {
    double decayed = w - STEP.learningRate() * STEP.weightDecay() * w;
    double root = Math.sqrt(square / STEP.biasCorrection2()) + STEP.epsilon();
    return decayed - STEP.learningRate() * mean / STEP.biasCorrection1() / root;
  }
}
