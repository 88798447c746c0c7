package org.memo.bindings.cudnn;

import java.util.List;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudnn.generated.Cudnn;

/** A graph compiled for a device: runs any number of times, on any memory of the right shapes. */
public final class CudnnPlan implements AutoCloseable {
  private final CudnnDescriptor plan;
  private final long workspaceBytes;

  private CudnnPlan(CudnnDescriptor plan) {
    this.plan = plan;
    this.workspaceBytes = plan.getLong(Attribute.PLAN_WORKSPACE_BYTES);
  }

  /**
   * Compiles the first of cuDNN's own suggestions that can be compiled. Takes about a second.
   *
   * @throws NativeCallException where cuDNN has no engine for the graph on that device
   */
  public static CudnnPlan build(CudnnGraph graph, CudnnTarget target) {
    try (CudnnDescriptor heuristic = CudnnDescriptor.create(DescriptorKind.HEURISTIC)) {
      heuristic.set(Attribute.HEURISTIC_GRAPH, graph.finish(target));
      heuristic.setEnum(Attribute.HEURISTIC_MODE, Cudnn.CUDNN_HEUR_MODE_A());
      target.bindHeuristic(heuristic);
      heuristic.finish();
      List<CudnnDescriptor> configs =
          heuristic.getDescriptors(Attribute.HEURISTIC_RESULTS, DescriptorKind.ENGINE_CONFIG);
      try {
        return firstThatCompiles(configs, graph, target);
      } finally {
        Closing.all(configs);
      }
    }
  }

  /**
   * A plan that {@link #toJson} wrote, for the same cuDNN and device.
   *
   * @throws NativeCallException where it is for others, or broken
   */
  public static CudnnPlan ofJson(String json, CudnnTarget target) {
    CudnnDescriptor plan = CudnnDescriptor.create(DescriptorKind.PLAN);
    try {
      target.bindPlan(plan);
      return new CudnnPlan(plan.setText(Attribute.PLAN_JSON, json).finish());
    } catch (RuntimeException e) {
      Closing.after(e, List.of(plan));
      throw e;
    }
  }

  /** The device memory, in bytes, that an execution needs besides its tensors. */
  public long workspaceBytes() {
    return workspaceBytes;
  }

  /** The number of cuDNN's engine that it uses. */
  public long engine() {
    try (CudnnDescriptor config =
            plan.getDescriptor(Attribute.PLAN_CONFIG, DescriptorKind.ENGINE_CONFIG);
        CudnnDescriptor engine =
            config.getDescriptor(Attribute.CONFIG_ENGINE, DescriptorKind.ENGINE)) {
      return engine.getLong(Attribute.ENGINE_INDEX);
    }
  }

  /** The plan with its compiled kernels, to be kept on disk: about 100 KB. */
  public String toJson() {
    return plan.getText(Attribute.PLAN_JSON);
  }

  /** Queues one execution on the handle's stream. */
  public void execute(CudnnHandle handle, CudnnPack pack) {
    CudnnCalls.check(
        "cudnnBackendExecute",
        Cudnn.cudnnBackendExecute(handle.address(), plan.address(), pack.address()),
        "workspace_bytes",
        workspaceBytes);
  }

  @Override
  public void close() {
    plan.close();
  }

  private static CudnnPlan firstThatCompiles(
      List<CudnnDescriptor> configs, CudnnGraph graph, CudnnTarget target) {
    NativeCallException failure =
        NativeCallException.of(
            "cudnnBackendGetAttribute",
            Cudnn.CUDNN_STATUS_NOT_SUPPORTED(),
            CudnnCalls.statusName(Cudnn.CUDNN_STATUS_NOT_SUPPORTED()),
            "cuDNN suggests no engine that could be compiled",
            "operations suggestions",
            graph.size(),
            configs.size());
    for (CudnnDescriptor config : configs) {
      CudnnDescriptor plan = CudnnDescriptor.create(DescriptorKind.PLAN);
      try {
        target.bindPlan(plan);
        return new CudnnPlan(plan.set(Attribute.PLAN_CONFIG, config).finish());
      } catch (NativeCallException e) {
        Closing.after(e, List.of(plan));
        failure.addSuppressed(e);
      }
    }
    throw failure;
  }
}
