package org.memo.benchmark.kernel;

import org.memo.op.SumOfSquares;

/** Only reads, so it may beat the limit, which is that of copies. */
public class SumOfSquaresBenchmark extends ElementBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    Buffer x = buffers.random("x", elements);
    Buffer sum = buffers.zeroDouble("sum");
    return KernelCase.boundByMemory(
        set -> new SumOfSquares(set.at(x), set.at(sum), elements),
        answer -> check(x, answer.of(sum)));
  }

  private void check(Buffer x, Buffer sum) {
    double expected = 0;
    for (long i = 0; i < elements; i++) {
      expected += x.at(i) * x.at(i);
    }
    Answer.expectDouble(sum, expected, 1e-7);
  }
}
