package org.memo.benchmark.kernel;

import org.memo.op.ZeroFill;

/** Only writes. */
public class ZeroFillBenchmark extends ElementBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    Buffer target = buffers.random("target", elements);
    return KernelCase.boundByMemory(
        set -> new ZeroFill(set.at(target)), answer -> check(answer.of(target)));
  }

  private void check(Buffer target) {
    for (long i = 0; i < elements; i++) {
      Answer.expect(target, i, 0, 0);
    }
  }
}
