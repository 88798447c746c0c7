package org.memo.benchmark.kernel;

import org.memo.op.CrossEntropy;
import org.openjdk.jmh.annotations.Param;

/** A chunk of tokens, as the fused loss takes them; in place, and gradients are fine logits. */
public class CrossEntropyBenchmark extends KernelBenchmark {
  private static final long V = Llama25m.VOCAB;

  @Param("512")
  long rows;

  @Override
  KernelCase define(Buffers buffers) {
    float scale = 1f / rows;
    Buffer logits = buffers.random("logits", rows * V, -4, 4);
    Buffer targets = buffers.randomInts("targets", rows, (int) V);
    Buffer lossSum = buffers.zeroDouble("lossSum");
    return KernelCase.boundByMemory(
        set -> new CrossEntropy(set.at(logits), set.at(targets), set.at(lossSum), rows, V, scale),
        answer -> check(logits, targets, answer.of(logits), answer.of(lossSum)));
  }

  private void check(Buffer logits, Buffer targets, Buffer gradient, Buffer lossSum) {
    double losses = 0;
    for (long t = 0; t < rows; t++) {
      losses += logSumExp(logits, t) - logits.at(t * V + targets.intAt(t));
    }
    Answer.expectDouble(lossSum, losses, 1e-5);
    for (long t : Answer.samples(rows)) {
      double logSumExp = logSumExp(logits, t);
      for (long v = 0; v < V; v++) {
        double probability = Math.exp(logits.at(t * V + v) - logSumExp);
        double expected = (probability - (v == targets.intAt(t) ? 1 : 0)) / rows;
        Answer.expect(gradient, t * V + v, expected, 1e-8);
      }
    }
  }

  private static double logSumExp(Buffer logits, long row) {
    double sum = 0;
    for (long v = 0; v < V; v++) {
      sum += Math.exp(logits.at(row * V + v));
    }
    return Math.log(sum);
  }
}
