package org.memo.device.cuda.cudnn;

import org.memo.bindings.cudnn.CudnnPlan;

/**
 * A pass over a layer's attention: one plan that runs on {@code groups} groups of heads, one after
 * the other in the same scratch.
 */
record PreparedPass(PlanShape shape, long groups, CudnnPlan plan) {
  private static final long ALIGNMENT_BYTES = 256;

  /** The scratch of the plan, after which lie the sums of the queries' gradient. */
  long planBytes() {
    return Math.ceilDiv(plan.workspaceBytes(), ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  /** All scratch. */
  long workspaceBytes() {
    return planBytes() + sumsBytes();
  }

  /** [H, T, D] f32 of a group, where the pass has such sums. */
  private long sumsBytes() {
    return shape.kind() == PlanShape.Kind.BACKWARD_ACCUMULATING
        ? shape.heads() * shape.tokens() * shape.headDim() * Float.BYTES
        : 0;
  }
}
