package org.memo.benchmark.kernel;

import org.memo.op.BiasBackward;

/** Reads nearly all that it moves, so it may beat the limit, which is that of copies. */
public class BiasBackwardBenchmark extends TokenBenchmark {
  private static final long F = Llama25m.FFN;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer dy = buffers.random("dy", tokens * F);
    Buffer dbias = buffers.zeros("dbias", F);
    return KernelCase.boundByMemory(
        set -> new BiasBackward(set.at(dy), set.at(dbias), tokens, F),
        answer -> ColumnSums.expect(answer.of(dbias), dy, tokens, F));
  }
}
