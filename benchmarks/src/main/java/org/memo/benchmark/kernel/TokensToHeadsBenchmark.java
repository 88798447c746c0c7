package org.memo.benchmark.kernel;

import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.TokensToHeads;

/** What ranks do before they exchange heads: the rows of one group's heads are packed. */
public class TokensToHeadsBenchmark extends TokenBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    HeadExchange exchange = firstGroup(model, tokens);
    Buffer whole = buffers.random("whole", tokens * exchange.layout().width());
    Buffer local = buffers.zeros("local", tokens * exchange.localLayout().width());
    return KernelCase.boundByMemory(
            set -> new TokensToHeads(set.at(whole), set.at(local), exchange),
            answer -> {
              Buffer given = answer.of(local);
              for (long t : Answer.samples(tokens)) {
                for (long i = 0; i < exchange.localLayout().width(); i++) {
                  long at = t * exchange.localLayout().width() + i;
                  Answer.expect(given, at, whole.at(wholeAt(exchange, t, i)), 0);
                }
              }
            })
        .movingBytes(2.0 * tokens * exchange.localLayout().width() * type.bytes());
  }

  /** As many groups as there are key heads, over one rank: nothing is sent. */
  private HeadExchange firstGroup(ModelShape shape, long rows) {
    HeadLayout layout =
        HeadLayout.queriesKeysValues(shape.heads(), shape.kvHeads(), shape.headDim());
    return new HeadExchange(layout, rows, type, 1, 0, (int) shape.kvHeads());
  }

  /** Where an element of a group's row is in the rows of all heads. */
  private static long wholeAt(HeadExchange exchange, long token, long element) {
    long headDim = exchange.layout().headDim();
    int head = exchange.wholeHeads(0)[Math.toIntExact(element / headDim)];
    return token * exchange.layout().width() + head * headDim + element % headDim;
  }
}
