package org.memo.device.cuda.cudnn;

import java.util.Locale;
import org.memo.device.cuda.AttentionProblem;

/**
 * All that a plan of causal attention in bf16 is compiled for. Heads lie beside each other, so a
 * plan for a group of them runs on any group: only the addresses differ.
 *
 * @param heads query heads of the group
 * @param kvHeads key and value heads of the group; they divide the query heads
 * @param qkvRowElements from a token's queries, keys and values to the next token's
 * @param outRowElements from a token's output to the next token's
 */
record PlanShape(
    Kind kind,
    long tokens,
    long heads,
    long kvHeads,
    long headDim,
    long qkvRowElements,
    long outRowElements) {

  /** The pass, and how it is computed. */
  enum Kind {
    /** As one operation, which cuDNN has since 9.21. */
    FORWARD,
    /** The same of operations that cuDNN has had since 9.0. */
    FORWARD_COMPOSED,
    /**
     * Sums the gradient of the queries in f32 by atomic additions, in any order: not the same bits
     * each time.
     */
    BACKWARD_ACCUMULATING,
    /** The same bits each time, for scratch that grows with the square of the tokens. */
    BACKWARD_DETERMINISTIC;

    boolean isBackward() {
      return this == BACKWARD_ACCUMULATING || this == BACKWARD_DETERMINISTIC;
    }

    /** For people. */
    String words() {
      return switch (this) {
        case FORWARD, FORWARD_COMPOSED -> "forward attention";
        case BACKWARD_ACCUMULATING -> "backward attention";
        case BACKWARD_DETERMINISTIC -> "deterministic backward attention";
      };
    }
  }

  /** For {@code kvHeads} of the problem's key and value heads with their query heads. */
  static PlanShape of(AttentionProblem problem, Kind kind, long kvHeads) {
    return new PlanShape(
        kind,
        problem.tokens(),
        kvHeads * (problem.heads() / problem.kvHeads()),
        kvHeads,
        problem.headDim(),
        (problem.heads() + 2 * problem.kvHeads()) * problem.headDim(),
        problem.heads() * problem.headDim());
  }

  /** For file names and messages. */
  String name() {
    return "%s-t%d-h%d-k%d-d%d-q%d-o%d"
        .formatted(
            kind.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            tokens,
            heads,
            kvHeads,
            headDim,
            qkvRowElements,
            outRowElements);
  }
}
