package org.memo.device.cuda.cudnn;

import org.memo.bindings.cudnn.CudnnPlan;

/**
 * A pass over a layer's attention: one plan that runs on {@code groups} groups of heads, one after
 * the other in the same scratch. Segments that are more than the plan is compiled for it takes in
 * {@code batches}, so many at once.
 */
record PreparedPass(PlanShape shape, long groups, long batches, CudnnPlan plan) {
  private static final long ALIGNMENT_BYTES = 256;
  private static final long BF16_BYTES = 2;

  /** How many times the plan runs. */
  long executions() {
    return groups * batches;
  }

  /** Where the sums of the queries' gradient lie in the scratch: after the plan's own. */
  long sumsOffset() {
    return aligned(plan.workspaceBytes());
  }

  /** Where the gradients of keys and values of each query head lie: the rows of both in turn. */
  long eachHeadOffset() {
    return sumsOffset() + aligned(sumsBytes());
  }

  /** Where the tables of the segments lie. */
  long tablesOffset() {
    return eachHeadOffset() + aligned(eachHeadBytes());
  }

  SegmentTables tables() {
    return new SegmentTables(batches * shape.segments());
  }

  /** All scratch. */
  long workspaceBytes() {
    return shape.isRagged() ? tablesOffset() + tables().sizeBytes() : tablesOffset();
  }

  /** f32, of a group's heads; the rows of segments are as far apart as those of their gradient. */
  private long sumsBytes() {
    if (shape.kind() != PlanShape.Kind.BACKWARD_ACCUMULATING) {
      return 0;
    }
    long row = shape.isRagged() ? shape.qkvRowElements() : shape.heads() * shape.headDim();
    return shape.tokens() * row * Float.BYTES;
  }

  /** Without segments they are in the plan's own scratch. */
  private long eachHeadBytes() {
    return shape.hasEachHead() ? shape.tokens() * shape.eachHeadRowElements() * BF16_BYTES : 0;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
}
