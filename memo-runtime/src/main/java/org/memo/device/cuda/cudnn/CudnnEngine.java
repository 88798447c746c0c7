package org.memo.device.cuda.cudnn;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cuda.CudaSegments;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.cudnn.CudnnVersion;
import org.memo.device.cuda.AttentionEngine;
import org.memo.device.cuda.AttentionProblem;
import org.memo.device.cuda.AttentionQueue;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/**
 * Attention by cuDNN: bf16, causal, grouped-query, over one sequence or over segments: documents
 * and windows. Where those begin is known on the device only, so a kernel of ours makes cuDNN's
 * tables of them; offsets that are bad leave it nothing to do.
 *
 * <p>The backward pass gives the same bits each time only with scratch of two bytes for each pair
 * of tokens and head, so it is refused for long sequences unless sums in any order are allowed.
 *
 * <p>The thread that drives the GPU makes it, uses it and closes it. cuDNN starts when it is asked
 * for something that it may compute; a cuDNN that cannot start refuses everything.
 */
public final class CudnnEngine implements AttentionEngine {
  private final long version;
  private final PlanFolder folder;
  private final long workspaceLimitBytes;
  private final boolean nondeterministic;
  private @Nullable CudnnSession session;
  private Optional<String> broken = Optional.empty();

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
    requireCudnn();
    this.version = CudnnVersion.loaded();
    this.folder = new PlanFolder(cacheFolder, version, device);
    this.workspaceLimitBytes = workspaceLimitBytes;
    this.nondeterministic = nondeterministic;
  }

  @Override
  public String name() {
    return "cuDNN " + CudnnVersion.text(version);
  }

  @Override
  public boolean isDeterministic(AttentionProblem problem) {
    return !nondeterministic || problem.pass() == AttentionProblem.Pass.FORWARD;
  }

  @Override
  public Optional<String> refusal(AttentionProblem problem) {
    Optional<String> unsupported = AttentionPasses.unsupported(problem);
    if (unsupported.isPresent()) {
      return unsupported;
    }
    start();
    return session == null ? broken : session.passes().refusal(problem);
  }

  @Override
  public long workspaceBytes(AttentionProblem problem) {
    return session(problem).passes().workspaceBytes(problem);
  }

  @Override
  public void forward(FlashAttentionForward operation, AttentionQueue queue) {
    execute(
        AttentionProblem.of(operation),
        PassAddresses.of(operation, queue),
        queue.addressOf(operation.segmentOffsets()),
        queue);
  }

  @Override
  public void backward(FlashAttentionBackward operation, AttentionQueue queue) {
    execute(
        AttentionProblem.of(operation),
        PassAddresses.of(operation, queue),
        queue.addressOf(operation.segmentOffsets()),
        queue);
  }

  /** The GPU must be done with what was queued. */
  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
  }

  private void execute(
      AttentionProblem problem,
      PassAddresses addresses,
      DeviceAddress segmentOffsets,
      AttentionQueue queue) {
    long needed = workspaceBytes(problem);
    if (queue.workspaceBytes() < needed) {
      throw new IllegalArgumentException(
          "%s needs %d bytes of scratch for %s, and has %d"
              .formatted(name(), needed, problem, queue.workspaceBytes()));
    }
    PreparedPass pass = session(problem).passes().get(problem);
    if (pass.shape().isRagged()) {
      fillTables(problem, pass, addresses, segmentOffsets, queue.kernelQueue());
    }
    session(problem).execute(problem, addresses, queue.stream());
  }

  /** Where segments begin is known on the device only. */
  private static void fillTables(
      AttentionProblem problem,
      PreparedPass pass,
      PassAddresses addresses,
      DeviceAddress segmentOffsets,
      CudaQueue queue) {
    CudaSegments.ragged(
        new CudaSegments.Segments(
            segmentOffsets,
            problem.segments(),
            problem.tokens(),
            pass.shape().qkvRowElements(),
            pass.shape().outRowElements()),
        addresses.tables(pass),
        switch (problem.pass()) {
          case FORWARD -> CudaSegments.Pass.FORWARD;
          case BACKWARD -> CudaSegments.Pass.BACKWARD;
        },
        queue);
  }

  private CudnnSession session(AttentionProblem problem) {
    start();
    if (session == null) {
      throw new UnsupportedOperationException(
          "%s does not compute %s: %s".formatted(name(), problem, broken.orElse("")));
    }
    return session;
  }

  private void start() {
    if (session == null && broken.isEmpty()) {
      try {
        session = new CudnnSession(folder, version, workspaceLimitBytes, nondeterministic);
      } catch (NativeCallException e) {
        broken = Optional.of(String.valueOf(e.getMessage()));
      }
    }
  }

  private static void requireCudnn() {
    Optional<String> reason = CudaLibraries.missing("cudnn");
    if (reason.isPresent()) {
      throw new MissingLibraryException(reason.get());
    }
  }
}
