package org.memo.benchmark.kernel;

import org.memo.op.RotaryTable;

/** Made once a run: bound by its correctly rounded cosines, far from what memory could take. */
public class RotaryTableBenchmark extends TokenBenchmark {
  private static final long HALF = Llama25m.HEAD_DIM / 2;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer frequencies = buffers.random("inverseFrequencies", HALF, 0, 1);
    Buffer cosines = buffers.zeros("cosines", tokens * HALF);
    Buffer sines = buffers.zeros("sines", tokens * HALF);
    return KernelCase.boundByMemory(
        set -> new RotaryTable(set.at(frequencies), set.at(cosines), set.at(sines), tokens, HALF),
        answer -> check(frequencies, answer.of(cosines), answer.of(sines)));
  }

  private void check(Buffer frequencies, Buffer cosines, Buffer sines) {
    for (long p : Answer.samples(tokens)) {
      for (long d = 0; d < HALF; d++) {
        float angle = p * (float) frequencies.at(d);
        Answer.expect(cosines, p * HALF + d, Math.cos(angle), 1e-7);
        Answer.expect(sines, p * HALF + d, Math.sin(angle), 1e-7);
      }
    }
  }
}
