package org.memo.benchmark.kernel;

import org.memo.op.EmbeddingForward;

/** Random rows of a table that is larger than most caches. */
public class EmbeddingForwardBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer table = buffers.random("table", model.vocab() * model.hidden());
    Buffer ids = buffers.randomInts("ids", tokens, (int) model.vocab());
    Buffer y = buffers.zeros("y", tokens * model.hidden());
    return KernelCase.boundByMemory(
            set ->
                new EmbeddingForward(
                    set.at(table),
                    set.at(ids),
                    set.at(y),
                    tokens,
                    model.hidden(),
                    model.vocab(),
                    false,
                    type),
            answer -> check(table, ids, answer.of(y)))
        .movingBytes(tokens * (2.0 * model.hidden() * type.bytes() + Integer.BYTES));
  }

  private void check(Buffer table, Buffer ids, Buffer y) {
    for (long t : Answer.samples(tokens)) {
      for (long e = 0; e < model.hidden(); e++) {
        Answer.expect(y, t * model.hidden() + e, table.at(ids.intAt(t) * model.hidden() + e), 0);
      }
    }
  }
}
