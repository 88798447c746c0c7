package org.memo.device.cuda.cudnn;

import java.util.Locale;
import org.memo.device.cuda.AttentionProblem;

/**
 * All that a plan of causal attention in bf16 is compiled for. Heads lie beside each other, so a
 * plan for a group of them runs on any group: only the addresses differ.
 *
 * @param segments 1 for one sequence of all tokens; else the most sequences that they may be
 *     divided into, each of any length
 * @param tokens over all segments
 * @param heads query heads of the group
 * @param kvHeads key and value heads of the group; they divide the query heads
 * @param qkvRowElements from a token's queries, keys and values to the next token's
 * @param outRowElements from a token's output to the next token's
 */
record PlanShape(
    Kind kind,
    long segments,
    long tokens,
    long heads,
    long kvHeads,
    long headDim,
    long qkvRowElements,
    long outRowElements) {

  /** Plans for fewer would save nothing. */
  static final long FEWEST_SEGMENTS = 8;

  /** More take several executions: scratch and thread blocks stay bounded. */
  static final long MOST_SEGMENTS = 512;

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
        segmentsOf(problem),
        problem.tokens(),
        kvHeads * (problem.heads() / problem.kvHeads()),
        kvHeads,
        problem.headDim(),
        (problem.heads() + 2 * problem.kvHeads()) * problem.headDim(),
        problem.heads() * problem.headDim());
  }

  /** Plans are compiled for powers of two, so that few are: segments too many stay empty. */
  private static long segmentsOf(AttentionProblem problem) {
    if (problem.segments() == 1) {
      return 1;
    }
    long powerOfTwo = 2 * Long.highestOneBit(problem.segments() - 1);
    return Math.clamp(powerOfTwo, FEWEST_SEGMENTS, MOST_SEGMENTS);
  }

  /**
   * Whether the gradients of keys and values are first made for each query head in the caller's
   * memory.
   */
  boolean hasEachHead() {
    return isRagged() && kind.isBackward() && heads != kvHeads;
  }

  /**
   * The rows of those gradients. cuDNN takes where segments begin from the table of the gradients
   * that they are summed to, and multiplies it by the ratio of the heads: so are the rows.
   */
  long eachHeadRowElements() {
    return qkvRowElements * (heads / kvHeads);
  }

  /** Whether there are several segments. */
  boolean isRagged() {
    return segments > 1;
  }

  /** For file names and messages. */
  String name() {
    return "%s-s%d-t%d-h%d-k%d-d%d-q%d-o%d"
        .formatted(
            kind.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            segments,
            tokens,
            heads,
            kvHeads,
            headDim,
            qkvRowElements,
            outRowElements);
  }
}
