package org.memo.benchmark.kernel;

import org.memo.op.EmbeddingBackward;

/** Adds to random rows of a table that is larger than most caches. */
public class EmbeddingBackwardBenchmark extends TokenBenchmark {
  private static final long E = Llama25m.HIDDEN;
  private static final long V = Llama25m.VOCAB;
  private static final long NO_SKIPPED_ID = -1;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer dy = buffers.random("dy", tokens * E);
    Buffer ids = buffers.randomInts("ids", tokens, (int) V);
    Buffer dtable = buffers.zeros("dtable", V * E);
    return KernelCase.boundByMemory(
            set ->
                new EmbeddingBackward(
                    set.at(dy), set.at(ids), set.at(dtable), tokens, E, V, NO_SKIPPED_ID),
            answer -> check(dy, ids, answer.of(dtable)))
        .movingBytes(tokens * (3.0 * E * Float.BYTES + Integer.BYTES));
  }

  /** A table's row is the sum of the gradients of all tokens that chose it. */
  private void check(Buffer dy, Buffer ids, Buffer dtable) {
    for (long sample : Answer.samples(tokens)) {
      int id = ids.intAt(sample);
      double[] sums = new double[(int) E];
      for (long t = 0; t < tokens; t++) {
        if (ids.intAt(t) == id) {
          addRow(sums, dy, t);
        }
      }
      for (int e = 0; e < E; e++) {
        Answer.expect(dtable, id * E + e, sums[e], 1e-5);
      }
    }
  }

  private static void addRow(double[] sums, Buffer dy, long row) {
    for (int e = 0; e < E; e++) {
      sums[e] += dy.at(row * E + e);
    }
  }
}
