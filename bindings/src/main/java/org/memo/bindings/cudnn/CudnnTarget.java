package org.memo.bindings.cudnn;

/** What a plan is built for: a GPU by its handle, or the description of one. */
public sealed interface CudnnTarget permits CudnnHandle, CudnnDeviceDescription {
  /** Ties a graph to this target before it is finished. */
  void bindGraph(CudnnDescriptor graph);

  /** Ties a question for engines to this target. */
  void bindHeuristic(CudnnDescriptor heuristic);

  /** Ties a plan to this target. */
  void bindPlan(CudnnDescriptor plan);
}
