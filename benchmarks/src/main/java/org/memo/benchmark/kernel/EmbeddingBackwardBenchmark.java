package org.memo.benchmark.kernel;

import org.memo.op.EmbeddingBackward;

/** Adds to random rows of a table that is larger than most caches. */
public class EmbeddingBackwardBenchmark extends TokenBenchmark {
  private static final long NO_SKIPPED_ID = -1;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer dy = buffers.random("dy", tokens * model.hidden());
    Buffer ids = buffers.randomInts("ids", tokens, (int) model.vocab());
    Buffer dtable = buffers.zeroFloats("dtable", model.vocab() * model.hidden());
    return KernelCase.boundByMemory(
            set ->
                new EmbeddingBackward(
                    set.at(dy),
                    set.at(ids),
                    set.at(dtable),
                    tokens,
                    model.hidden(),
                    model.vocab(),
                    NO_SKIPPED_ID,
                    type),
            answer -> check(dy, ids, answer.of(dtable)))
        .movingBytes(
            tokens * ((double) model.hidden() * (type.bytes() + 2 * Float.BYTES) + Integer.BYTES));
  }

  /** A table's row is the sum of the gradients of all tokens that chose it. */
  private void check(Buffer dy, Buffer ids, Buffer dtable) {
    for (long sample : Answer.samples(tokens)) {
      int id = ids.intAt(sample);
      double[] sums = new double[(int) model.hidden()];
      for (long t = 0; t < tokens; t++) {
        if (ids.intAt(t) == id) {
          addRow(sums, dy, t);
        }
      }
      for (int e = 0; e < model.hidden(); e++) {
        Answer.expect(dtable, id * model.hidden() + e, sums[e], 1e-5);
      }
    }
  }

  private void addRow(double[] sums, Buffer dy, long row) {
    for (int e = 0; e < model.hidden(); e++) {
      sums[e] += dy.at(row * model.hidden() + e);
    }
  }
}
