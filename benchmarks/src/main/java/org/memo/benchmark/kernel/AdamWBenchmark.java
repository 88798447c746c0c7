package org.memo.benchmark.kernel;

import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.planner.cost.ElementType;
import org.openjdk.jmh.annotations.Param;

/** The third step of an optimizer; its gradients, which it sets to zero, are filled again. */
public class AdamWBenchmark extends TypedBenchmark {
  private static final AdamWStep STEP =
      new AdamWStep(0.5, 1e-3, 0.9, 0.95, 1e-8, 0.1, 1 - Math.pow(0.9, 3), 1 - Math.pow(0.95, 3));

  @Param("8388608")
  long elements;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer w = buffers.randomFloats("w", elements, -1, 1);
    Buffer m = buffers.randomFloats("m", elements, -1, 1);
    Buffer v = buffers.randomFloats("v", elements, 0, 1);
    Buffer gradient = buffers.randomFloats("gradient", elements, -1, 1);
    Buffer weights = type == ElementType.F32 ? null : buffers.zeros("weights", elements);
    return KernelCase.boundByMemory(
            set ->
                new AdamW(
                    set.at(w),
                    set.at(m),
                    set.at(v),
                    set.at(gradient),
                    elements,
                    STEP,
                    type,
                    weights == null ? null : set.at(weights)),
            answer -> {
              check(w, m, v, gradient, answer);
              if (weights != null) {
                checkCopy(answer.of(w), answer.of(weights));
              }
            })
        .restoring(gradient);
  }

  private void check(Buffer w, Buffer m, Buffer v, Buffer gradient, Answer answer) {
    Buffer newW = answer.of(w);
    Buffer newM = answer.of(m);
    Buffer newV = answer.of(v);
    Buffer newGradient = answer.of(gradient);
    for (long i : Answer.samples(elements)) {
      double g = gradient.at(i) * STEP.gradientScale();
      double mean = 0.9 * m.at(i) + 0.1 * g;
      double square = 0.95 * v.at(i) + 0.05 * g * g;
      Answer.expect(newM, i, mean, 1e-6);
      Answer.expect(newV, i, square, 1e-6);
      Answer.expect(newW, i, updated(w.at(i), mean, square), 1e-6);
      Answer.expect(newGradient, i, 0, 0);
    }
  }

  private void checkCopy(Buffer w, Buffer weights) {
    for (long i : Answer.samples(elements)) {
      Answer.expect(weights, i, w.at(i), 0);
    }
  }

  private static double updated(double w, double mean, double square) {
    double decayed = w - STEP.learningRate() * STEP.weightDecay() * w;
    double root = Math.sqrt(square / STEP.biasCorrection2()) + STEP.epsilon();
    return decayed - STEP.learningRate() * mean / STEP.biasCorrection1() / root;
  }
}
