package org.memo.benchmark.kernel;

import org.memo.op.RotaryTable;
import org.openjdk.jmh.annotations.Param;

/**
 * Made once a micro-batch: bound by its correctly rounded cosines, far from what memory could take.
 */
public class RotaryTableBenchmark extends KernelBenchmark {
  @Param({"512", "4096"})
  long tokens;

  @Param("LLAMA_25M")
  ModelShape model = ModelShape.LLAMA_25M;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer frequencies = buffers.random("inverseFrequencies", half(), 0, 1);
    Buffer positions = buffers.ints("positions", tokens, t -> t);
    Buffer cosines = buffers.zeros("cosines", tokens * half());
    Buffer sines = buffers.zeros("sines", tokens * half());
    return KernelCase.boundByMemory(
        set ->
            new RotaryTable(
                set.at(frequencies),
                set.at(positions),
                set.at(cosines),
                set.at(sines),
                tokens,
                half()),
        answer -> check(frequencies, answer.of(cosines), answer.of(sines)));
  }

  private long half() {
    return model.headDim() / 2;
  }

  private void check(Buffer frequencies, Buffer cosines, Buffer sines) {
    for (long p : Answer.samples(tokens)) {
      for (long d = 0; d < half(); d++) {
        float angle = p * (float) frequencies.at(d);
        Answer.expect(cosines, p * half() + d, Math.cos(angle), 1e-7);
        Answer.expect(sines, p * half() + d, Math.sin(angle), 1e-7);
      }
    }
  }
}
