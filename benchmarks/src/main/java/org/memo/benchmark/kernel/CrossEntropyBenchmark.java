package org.memo.benchmark.kernel;

import org.memo.op.CrossEntropy;
import org.openjdk.jmh.annotations.Param;

/** A chunk of tokens, as the fused loss takes them; in place, and gradients are fine logits. */
public class CrossEntropyBenchmark extends TypedBenchmark {

  @Param("512")
  long rows;

  @Override
  KernelCase define(Buffers buffers) {
    float scale = 1f / rows;
    Buffer logits = buffers.random("logits", rows * model.vocab(), -4, 4);
    Buffer targets = buffers.randomInts("targets", rows, (int) model.vocab());
    Buffer lossSum = buffers.zeroDouble("lossSum");
    return KernelCase.boundByMemory(
        set ->
            new CrossEntropy(
                set.at(logits), set.at(targets), set.at(lossSum), rows, model.vocab(), scale, type),
        answer -> check(logits, targets, answer.of(logits), answer.of(lossSum)));
  }

  private void check(Buffer logits, Buffer targets, Buffer gradient, Buffer lossSum) {
    double losses = 0;
    for (long t = 0; t < rows; t++) {
      losses += logSumExp(logits, t) - logits.at(t * model.vocab() + targets.intAt(t));
    }
    Answer.expectDouble(lossSum, losses, 1e-5);
    for (long t : Answer.samples(rows)) {
      double logSumExp = logSumExp(logits, t);
      for (long v = 0; v < model.vocab(); v++) {
        double probability = Math.exp(logits.at(t * model.vocab() + v) - logSumExp);
        double expected = (probability - (v == targets.intAt(t) ? 1 : 0)) / rows;
        Answer.expect(gradient, t * model.vocab() + v, expected, 1e-8);
      }
    }
  }

  private double logSumExp(Buffer logits, long row) {
    double sum = 0;
    for (long v = 0; v < model.vocab(); v++) {
      sum += Math.exp(logits.at(row * model.vocab() + v));
    }
    return Math.log(sum);
  }
}
