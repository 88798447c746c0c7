package org.memo.benchmark.kernel;

import org.memo.op.EmbeddingForward;

/** Random rows of a table that is larger than most caches. */
public class EmbeddingForwardBenchmark extends TokenBenchmark {
  private static final long E = Llama25m.HIDDEN;
  private static final long V = Llama25m.VOCAB;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer table = buffers.random("table", V * E);
    Buffer ids = buffers.randomInts("ids", tokens, (int) V);
    Buffer y = buffers.zeros("y", tokens * E);
    return KernelCase.boundByMemory(
            set -> new EmbeddingForward(set.at(table), set.at(ids), set.at(y), tokens, E, V, false),
            answer -> check(table, ids, answer.of(y)))
        .movingBytes(tokens * (2.0 * E * Float.BYTES + Integer.BYTES));
  }

  private void check(Buffer table, Buffer ids, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      for (long e = 0; e < E; e++) {
        Answer.expect(y, t * E + e, table.at(ids.intAt(t) * E + e), 0);
      }
    }
  }
}
