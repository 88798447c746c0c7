package org.memo.device.cuda.cudnn;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudnn.CudnnHandle;
import org.memo.bindings.cudnn.CudnnPack;
import org.memo.device.cuda.AttentionProblem;

/** cuDNN at work on the current device: its handle, the plans, and the addresses they run on. */
final class CudnnSession implements AutoCloseable {
  private final CudnnHandle handle;
  private final CudnnPlans plans;
  private final AttentionPasses passes;
  private final Arena arena = Arena.ofConfined();
  private final Map<AttentionProblem, PassPacks> packs = new LinkedHashMap<>();

  /**
   * On the current device of the calling thread.
   *
   * @param nondeterministic whether sums of a backward pass may be in any order
   * @throws org.memo.bindings.NativeCallException where cuDNN cannot start
   */
  CudnnSession(
      PlanFolder folder, long version, long workspaceLimitBytes, boolean nondeterministic) {
    this.handle = new CudnnHandle();
    this.plans = new CudnnPlans(handle, folder);
    this.passes =
        new AttentionPasses(new HeadGroups(plans, workspaceLimitBytes), version, nondeterministic);
  }

  AttentionPasses passes() {
    return passes;
  }

  /** Queues the pass, one execution of its plan after the other. */
  void execute(AttentionProblem problem, PassAddresses addresses, CudaStreamHandle stream) {
    PreparedPass pass = passes.get(problem);
    handle.setStream(stream);
    for (CudnnPack pack : packs(problem, pass).of(addresses)) {
      pass.plan().execute(handle, pack);
    }
  }

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

  private PassPacks packs(AttentionProblem problem, PreparedPass pass) {
    return packs.computeIfAbsent(
        problem, unknown -> new PassPacks(pass, new HostScalars(arena, problem.scale())));
  }
}
