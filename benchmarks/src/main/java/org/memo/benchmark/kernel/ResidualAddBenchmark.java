package org.memo.benchmark.kernel;

import org.memo.op.ResidualAdd;

/** In place: x is added again and again, which stays finite. */
public class ResidualAddBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    long elements = tokens * model.hidden();
    Buffer y = buffers.random("y", elements);
    Buffer x = buffers.random("x", elements);
    return KernelCase.boundByMemory(
        set -> new ResidualAdd(set.at(y), set.at(x), elements, type),
        answer -> check(x, y, answer.of(y)));
  }

  private static void check(Buffer x, Buffer before, Buffer y) {
    for (long i : Answer.samples(y.elements())) {
      Answer.expect(y, i, before.at(i) + x.at(i), 1e-6);
    }
  }
}
