package org.memo.device.cuda.cudnn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudnn.CudnnGraph;
import org.memo.bindings.cudnn.CudnnPlan;
import org.memo.bindings.cudnn.CudnnTarget;

/**
 * Plans for one GPU, each compiled once: kept here for the process and in a folder for the next.
 * Owns its plans. The thread that drives the GPU uses it.
 */
final class CudnnPlans implements AutoCloseable {
  private final CudnnTarget target;
  private final PlanFolder folder;
  private final Map<PlanShape, CudnnPlan> plans = new LinkedHashMap<>();
  private long compiled;

  CudnnPlans(CudnnTarget target, PlanFolder folder) {
    this.target = target;
    this.folder = folder;
  }

  /**
   * The plan of a shape; compiling takes about a second.
   *
   * @throws NativeCallException where cuDNN has no engine for it on this GPU
   */
  CudnnPlan get(PlanShape shape) {
    CudnnPlan plan = plans.get(shape);
    if (plan == null) {
      plan = stored(shape).orElseGet(() -> compile(shape));
      plans.put(shape, plan);
    }
    return plan;
  }

  /** How many plans this object has compiled. */
  long compiled() {
    return compiled;
  }

  /** Closes all plans; the GPU must be done with them. */
  @Override
  public void close() {
    plans.values().forEach(CudnnPlan::close);
    plans.clear();
  }

  private Optional<CudnnPlan> stored(PlanShape shape) {
    try {
      return folder.read(shape).map(json -> CudnnPlan.ofJson(json, target));
    } catch (NativeCallException e) {
      return Optional.empty(); // as of another driver: compiled again, and written over
    }
  }

  private CudnnPlan compile(PlanShape shape) {
    try (CudnnGraph graph = AttentionGraph.of(shape)) {
      CudnnPlan plan = CudnnPlan.build(graph, target);
      compiled++;
      folder.write(shape, plan.toJson());
      return plan;
    }
  }
}
