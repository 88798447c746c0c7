package org.memo.benchmark.kernel;

import org.memo.op.BiasBackward;

/** Reads nearly all that it moves, so it may beat the limit, which is that of copies. */
public class BiasBackwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer dy = buffers.random("dy", tokens * model.ffn());
    Buffer dbias = buffers.zeroFloats("dbias", model.ffn());
    return KernelCase.boundByMemory(
        set -> new BiasBackward(set.at(dy), set.at(dbias), tokens, model.ffn(), type),
        answer -> ColumnSums.expect(answer.of(dbias), dy, tokens, model.ffn()));
  }
}
