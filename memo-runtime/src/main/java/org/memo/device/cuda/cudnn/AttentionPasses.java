package org.memo.device.cuda.cudnn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.memo.DoesNotFitException;
import org.memo.bindings.NativeCallException;
import org.memo.device.cuda.AttentionProblem;
import org.memo.planner.cost.ElementType;

/** Which passes cuDNN computes, and how: decided once for each problem. */
final class AttentionPasses {
  private static final long MAX_HEAD_DIM = 256;

  /** Rows of heads then begin at multiples of 16 bytes. */
  private static final long HEAD_DIM_STEP = 8;

  private final HeadGroups groups;
  private final PlanShape.Kind forward;
  private final PlanShape.Kind backward;
  private final Map<AttentionProblem, Decision> decisions = new LinkedHashMap<>();

  /** A pass that can run, or why it cannot. */
  private sealed interface Decision {
    record Ready(PreparedPass pass) implements Decision {}

    record Refused(String reason) implements Decision {}
  }

  /**
   * Without a decision yet.
   *
   * @param nondeterministic whether sums of a backward pass may be in any order
   */
  AttentionPasses(HeadGroups groups, long cudnnVersion, boolean nondeterministic) {
    this.groups = groups;
    this.forward = AttentionGraph.forwardKind(cudnnVersion);
    this.backward =
        nondeterministic
            ? PlanShape.Kind.BACKWARD_ACCUMULATING
            : PlanShape.Kind.BACKWARD_DETERMINISTIC;
  }

  /** Why a problem is not solved; compiles the pass where it is. */
  Optional<String> refusal(AttentionProblem problem) {
    return switch (decision(problem)) {
      case Decision.Ready ready -> Optional.empty();
      case Decision.Refused refused -> Optional.of(refused.reason());
    };
  }

  /**
   * The pass to run.
   *
   * @throws UnsupportedOperationException where {@link #refusal} has a reason
   */
  PreparedPass get(AttentionProblem problem) {
    return switch (decision(problem)) {
      case Decision.Ready ready -> ready.pass();
      case Decision.Refused refused -> throw new UnsupportedOperationException(refused.reason());
    };
  }

  /**
   * The scratch of the pass; over segments, that of the most: it stays where it is from one
   * micro-batch to the next.
   *
   * @throws UnsupportedOperationException where {@link #refusal} has a reason
   */
  long workspaceBytes(AttentionProblem problem) {
    long bytes = get(problem).workspaceBytes();
    return isBelowMostSegments(problem)
        ? Math.max(bytes, get(withMostSegments(problem)).workspaceBytes())
        : bytes;
  }

  private Decision decision(AttentionProblem problem) {
    Decision decision = decisions.get(problem);
    if (decision == null) {
      decision = decide(problem);
      decisions.put(problem, decision);
    }
    return decision;
  }

  private Decision decide(AttentionProblem problem) {
    Optional<String> unsupported = unsupported(problem);
    if (unsupported.isPresent()) {
      return new Decision.Refused(unsupported.get());
    }
    if (isBelowMostSegments(problem)
        && decision(withMostSegments(problem)) instanceof Decision.Refused refused) {
      return refused;
    }
    try {
      return new Decision.Ready(groups.prepare(problem, kind(problem)));
    } catch (DoesNotFitException | NativeCallException e) {
      return new Decision.Refused(String.valueOf(e.getMessage()));
    }
  }

  private static boolean isBelowMostSegments(AttentionProblem problem) {
    return problem.segments() > 1 && problem.segments() < PlanShape.MOST_SEGMENTS;
  }

  /** What computes two segments must compute any number of them. */
  private static AttentionProblem withMostSegments(AttentionProblem problem) {
    return new AttentionProblem(
        problem.pass(),
        problem.tokens(),
        PlanShape.MOST_SEGMENTS,
        problem.heads(),
        problem.kvHeads(),
        problem.headDim(),
        problem.scale(),
        problem.type(),
        problem.aligned());
  }

  private PlanShape.Kind kind(AttentionProblem problem) {
    return switch (problem.pass()) {
      case FORWARD -> forward;
      case BACKWARD -> backward;
    };
  }

  /** Why no cuDNN is asked, whatever the machine. */
  static Optional<String> unsupported(AttentionProblem problem) {
    if (problem.type() != ElementType.BF16) {
      return Optional.of("cuDNN computes attention in BF16, not in " + problem.type());
    }
    if (!problem.aligned()) {
      return Optional.of("cuDNN works on regions that begin at multiples of 16 bytes");
    }
    if (problem.segments() > 1 && problem.tokens() == 1) {
      return Optional.of("cuDNN may leave out log-sum-exps of segments that have one token in all");
    }
    if (problem.headDim() % HEAD_DIM_STEP != 0 || problem.headDim() > MAX_HEAD_DIM) {
      return Optional.of(
          "cuDNN computes attention with head dimensions up to %d that are multiples of %d, not %d"
              .formatted(MAX_HEAD_DIM, HEAD_DIM_STEP, problem.headDim()));
    }
    return Optional.empty();
  }
}
