package org.memo.device.cuda.cudnn;

import java.util.stream.LongStream;
import org.memo.DoesNotFitException;
import org.memo.device.cuda.AttentionProblem;

/**
 * Divides a pass over the heads so that its scratch fits: a group is some key and value heads with
 * all their query heads, so groups share nothing. The largest groups that fit are taken.
 */
final class HeadGroups {
  /** What cuDNN is told of the addresses that it gets. */
  private static final long ALIGNMENT_BYTES = 16;

  private final CudnnPlans plans;
  private final long limitBytes;

  /**
   * Scratch may be up to {@code limitBytes}, without the tables of segments: few bytes for each,
   * and how many there are may not decide.
   */
  HeadGroups(CudnnPlans plans, long limitBytes) {
    this.plans = plans;
    this.limitBytes = limitBytes;
  }

  /**
   * The pass with its plan.
   *
   * @throws DoesNotFitException when even the smallest group's scratch is too large
   * @throws org.memo.bindings.NativeCallException where cuDNN has no engine for it
   */
  PreparedPass prepare(AttentionProblem problem, PlanShape.Kind kind) {
    PreparedPass smallest = prepare(problem, kind, smallestGroup(problem));
    if (smallest.tablesOffset() > limitBytes) {
      throw new DoesNotFitException(
          "cuDNN's %s of %d tokens%s needs %d bytes of scratch for each %d heads, but only %d are free for it."
              .formatted(
                  kind.words(),
                  problem.tokens(),
                  inSegments(smallest.shape()),
                  smallest.tablesOffset(),
                  smallest.shape().heads(),
                  limitBytes),
          smallest.tablesOffset(),
          limitBytes);
    }
    long mostKvHeads = mostKvHeads(smallest);
    return sizes(problem)
        .filter(kvHeads -> kvHeads <= mostKvHeads)
        .mapToObj(kvHeads -> prepare(problem, kind, kvHeads))
        .filter(pass -> pass.tablesOffset() <= limitBytes)
        .findFirst()
        .orElse(smallest);
  }

  /** How many may fit, so that few plans are compiled in vain. */
  private long mostKvHeads(PreparedPass smallest) {
    if (smallest.shape().isRagged()) {
      return Long.MAX_VALUE; // the rows of its scratch are as long for few heads as for all
    }
    // Scratch grows at most in proportion to the heads.
    long smallestBytes = Math.max(1, smallest.tablesOffset());
    return smallest.shape().kvHeads() * (limitBytes / smallestBytes);
  }

  private PreparedPass prepare(AttentionProblem problem, PlanShape.Kind kind, long kvHeads) {
    PlanShape shape = PlanShape.of(problem, kind, kvHeads);
    long batches = Math.ceilDiv(problem.segments(), shape.segments());
    return new PreparedPass(shape, problem.kvHeads() / kvHeads, batches, plans.get(shape));
  }

  private static String inSegments(PlanShape shape) {
    return shape.isRagged() ? " in up to %d segments".formatted(shape.segments()) : "";
  }

  private static long smallestGroup(AttentionProblem problem) {
    return sizes(problem).reduce((larger, smaller) -> smaller).orElseThrow();
  }

  /** The key and value heads that a group may have, descending. */
  private static LongStream sizes(AttentionProblem problem) {
    return LongStream.rangeClosed(0, problem.kvHeads() - 1)
        .map(less -> problem.kvHeads() - less)
        .filter(kvHeads -> problem.kvHeads() % kvHeads == 0)
        .filter(kvHeads -> kvHeads == problem.kvHeads() || startsAligned(problem, kvHeads));
  }

  /** Whether the log-sum-exps of each group begin where cuDNN expects it. */
  private static boolean startsAligned(AttentionProblem problem, long kvHeads) {
    long heads = kvHeads * (problem.heads() / problem.kvHeads());
    return heads * problem.tokens() * Float.BYTES % ALIGNMENT_BYTES == 0;
  }
}
