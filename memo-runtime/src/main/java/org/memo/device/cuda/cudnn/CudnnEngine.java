package org.memo.device.cuda.cudnn;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.memo.DoesNotFitException;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudnn.CudnnHandle;
import org.memo.bindings.cudnn.CudnnPack;
import org.memo.bindings.cudnn.CudnnVersion;
import org.memo.device.cuda.AttentionEngine;
import org.memo.device.cuda.AttentionProblem;
import org.memo.device.cuda.AttentionQueue;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.planner.cost.ElementType;

/**
 * Attention by cuDNN: bf16, causal, grouped-query, one sequence. Documents and windows are left to
 * another engine: where they begin is known on the device only, and cuDNN wants lengths and offsets
 * in other units.
 *
 * <p>The backward pass gives the same bits each time only with scratch of two bytes for each pair
 * of tokens and head, so it is refused for long sequences unless sums in any order are allowed.
 *
 * <p>The thread that drives the GPU makes it, uses it and closes it.
 */
public final class CudnnEngine implements AttentionEngine {
  private static final long MAX_HEAD_DIM = 256;

  /** Rows of heads then begin at multiples of 16 bytes. */
  private static final long HEAD_DIM_STEP = 8;

  private final boolean nondeterministic;
  private final long version;
  private final CudnnHandle handle;
  private final CudnnPlans plans;
  private final HeadGroups groups;
  private final Arena arena = Arena.ofConfined();
  private final Map<AttentionProblem, Prepared> prepared = new LinkedHashMap<>();

  /** A pass that can run, or why it cannot. */
  private sealed interface Prepared {
    record Ready(PreparedPass pass, PassPacks packs) implements Prepared {}

    record Refused(String reason) implements Prepared {}
  }

  /**
   * On the current device of the calling thread.
   *
   * @param device the GPU's name and compute capability; stored plans are kept apart by it
   * @param cacheFolder where compiled plans are kept
   * @param workspaceLimitBytes what a pass may use as scratch; heads are computed in groups to stay
   *     below
   * @param nondeterministic whether sums of a backward pass may be in any order
   * @throws MissingLibraryException where there is no cuDNN that can be used
   */
  public CudnnEngine(
      String device, Path cacheFolder, long workspaceLimitBytes, boolean nondeterministic) {
    CudaLibraries.missing("cudnn")
        .ifPresent(reason -> {
          throw new MissingLibraryException(reason);
        });
    this.nondeterministic = nondeterministic;
    this.version = CudnnVersion.loaded();
    this.handle = new CudnnHandle();
    this.plans = new CudnnPlans(handle, new PlanFolder(cacheFolder, version, device));
    this.groups = new HeadGroups(plans, workspaceLimitBytes);
  }

  @Override
  public String name() {
    return "cuDNN " + CudnnVersion.text(version);
  }

  @Override
  public boolean isDeterministic(AttentionProblem problem) {
    return !kind(problem).equals(PlanShape.Kind.BACKWARD_ACCUMULATING);
  }

  @Override
  public Optional<String> refusal(AttentionProblem problem) {
    return switch (prepared(problem)) {
      case Prepared.Ready ready -> Optional.empty();
      case Prepared.Refused refused -> Optional.of(refused.reason());
    };
  }

  @Override
  public long workspaceBytes(AttentionProblem problem) {
    return ready(problem).pass().workspaceBytes();
  }

  @Override
  public void forward(FlashAttentionForward operation, AttentionQueue queue) {
    execute(AttentionProblem.of(operation), PassAddresses.of(operation, queue), queue);
  }

  @Override
  public void backward(FlashAttentionBackward operation, AttentionQueue queue) {
    execute(AttentionProblem.of(operation), PassAddresses.of(operation, queue), queue);
  }

  /** The GPU must be done with what was queued. */
  @Override
  public void close() {
    for (Prepared pass : prepared.values()) {
      if (pass instanceof Prepared.Ready ready) {
        ready.packs().close();
      }
    }
    prepared.clear();
    plans.close();
    handle.close();
    arena.close();
  }

  private void execute(AttentionProblem problem, PassAddresses addresses, AttentionQueue queue) {
    Prepared.Ready ready = ready(problem);
    requireWorkspace(ready.pass(), queue);
    handle.setStream(queue.stream());
    for (CudnnPack pack : ready.packs().of(addresses)) {
      ready.pass().plan().execute(handle, pack);
    }
  }

  private Prepared.Ready ready(AttentionProblem problem) {
    return switch (prepared(problem)) {
      case Prepared.Ready ready -> ready;
      case Prepared.Refused refused -> throw new UnsupportedOperationException(refused.reason());
    };
  }

  private Prepared prepared(AttentionProblem problem) {
    return prepared.computeIfAbsent(problem, this::prepare);
  }

  private Prepared prepare(AttentionProblem problem) {
    Optional<String> unsupported = unsupported(problem);
    if (unsupported.isPresent()) {
      return new Prepared.Refused(unsupported.get());
    }
    try {
      PreparedPass pass = groups.prepare(problem, kind(problem));
      return new Prepared.Ready(pass, new PassPacks(pass, new HostScalars(arena, problem.scale())));
    } catch (DoesNotFitException | NativeCallException e) {
      return new Prepared.Refused(String.valueOf(e.getMessage()));
    }
  }

  private PlanShape.Kind kind(AttentionProblem problem) {
    return switch (problem.pass()) {
      case FORWARD -> AttentionGraph.forwardKind(version);
      case BACKWARD ->
          nondeterministic
              ? PlanShape.Kind.BACKWARD_ACCUMULATING
              : PlanShape.Kind.BACKWARD_DETERMINISTIC;
    };
  }

  private static Optional<String> unsupported(AttentionProblem problem) {
    if (problem.type() != ElementType.BF16) {
      return Optional.of("cuDNN computes attention in BF16, not in " + problem.type());
    }
    if (problem.segments() != 1) {
      return Optional.of(
          "cuDNN computes attention over one sequence, not over %d segments"
              .formatted(problem.segments()));
    }
    if (problem.headDim() % HEAD_DIM_STEP != 0 || problem.headDim() > MAX_HEAD_DIM) {
      return Optional.of(
          "cuDNN computes attention with head dimensions up to %d that are multiples of %d, not %d"
              .formatted(MAX_HEAD_DIM, HEAD_DIM_STEP, problem.headDim()));
    }
    return Optional.empty();
  }

  private static void requireWorkspace(PreparedPass pass, AttentionQueue queue) {
    if (queue.workspaceBytes() < pass.workspaceBytes()) {
      throw new IllegalArgumentException(
          "cuDNN's %s needs %d bytes of scratch, and has %d"
              .formatted(
                  pass.shape().kind().words(), pass.workspaceBytes(), queue.workspaceBytes()));
    }
  }
}
