package org.memo.device.cuda.cudnn;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.cudnn.CudnnHandle;
import org.memo.bindings.cudnn.CudnnPack;
import org.memo.bindings.cudnn.CudnnVersion;
import org.memo.device.cuda.AttentionEngine;
import org.memo.device.cuda.AttentionProblem;
import org.memo.device.cuda.AttentionQueue;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/**
 * Attention by cuDNN: bf16, causal, grouped-query, one sequence. Documents and windows are left to
 * another engine: where they begin is known on the device only, and cuDNN wants lengths and offsets
 * in other units.
 *
 * <p>The backward pass gives the same bits each time only with scratch of two bytes for each pair
 * of tokens and head, so it is refused for long sequences unless sums in any order are allowed.
 * Addresses that it is given are multiples of 16 bytes.
 *
 * <p>The thread that drives the GPU makes it, uses it and closes it.
 */
public final class CudnnEngine implements AttentionEngine {
  private final long version;
  private final CudnnHandle handle;
  private final CudnnPlans plans;
  private final AttentionPasses passes;
  private final Arena arena = Arena.ofConfined();
  private final Map<AttentionProblem, PassPacks> packs = new LinkedHashMap<>();

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
    this.handle = new CudnnHandle();
    this.plans = new CudnnPlans(handle, new PlanFolder(cacheFolder, version, device));
    this.passes =
        new AttentionPasses(new HeadGroups(plans, workspaceLimitBytes), version, nondeterministic);
  }

  @Override
  public String name() {
    return "cuDNN " + CudnnVersion.text(version);
  }

  @Override
  public boolean isDeterministic(AttentionProblem problem) {
    return passes.isDeterministic(problem);
  }

  @Override
  public Optional<String> refusal(AttentionProblem problem) {
    return passes.refusal(problem);
  }

  @Override
  public long workspaceBytes(AttentionProblem problem) {
    return passes.get(problem).workspaceBytes();
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
    packs.values().forEach(PassPacks::close);
    packs.clear();
    plans.close();
    handle.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private void execute(AttentionProblem problem, PassAddresses addresses, AttentionQueue queue) {
    PreparedPass pass = passes.get(problem);
    requireWorkspace(pass, queue);
    handle.setStream(queue.stream());
    for (CudnnPack pack : packs(problem, pass).of(addresses)) {
      pass.plan().execute(handle, pack);
    }
  }

  private PassPacks packs(AttentionProblem problem, PreparedPass pass) {
    return packs.computeIfAbsent(
        problem, unknown -> new PassPacks(pass, new HostScalars(arena, problem.scale())));
  }

  private static void requireWorkspace(PreparedPass pass, AttentionQueue queue) {
    if (queue.workspaceBytes() < pass.workspaceBytes()) {
      throw new IllegalArgumentException(
          "cuDNN's %s needs %d bytes of scratch, and has %d"
              .formatted(
                  pass.shape().kind().words(), pass.workspaceBytes(), queue.workspaceBytes()));
    }
  }

  private static void requireCudnn() {
    Optional<String> reason = CudaLibraries.missing("cudnn");
    if (reason.isPresent()) {
      throw new MissingLibraryException(reason.get());
    }
  }
}
