package org.memo.device.cuda;

import java.util.List;
import org.memo.device.MemoryRegion;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Operation;
import org.memo.planner.cost.ElementType;

/**
 * What an attention engine is asked for: one pass over a shape.
 *
 * @param pass forward or backward
 * @param tokens T, over all segments
 * @param segments the documents and windows that attention stays inside of; 1 is one sequence
 * @param type of queries, keys, values, output and their gradients
 * @param aligned whether all regions begin at multiples of 16 bytes, as those of a memory plan do
 */
public record AttentionProblem(
    Pass pass,
    long tokens,
    long segments,
    long heads,
    long kvHeads,
    long headDim,
    float scale,
    ElementType type,
    boolean aligned) {
  private static final long ALIGNMENT_BYTES = 16;

  /** The direction. */
  public enum Pass {
    FORWARD,
    BACKWARD
  }

  /** What an operation asks for. */
  public static AttentionProblem of(FlashAttentionForward operation) {
    return of(Pass.FORWARD, operation.shape(), operation.type(), operation);
  }

  /** What an operation asks for. */
  public static AttentionProblem of(FlashAttentionBackward operation) {
    return of(Pass.BACKWARD, operation.shape(), operation.type(), operation);
  }

  private static AttentionProblem of(
      Pass pass, AttentionShape shape, ElementType type, Operation operation) {
    return new AttentionProblem(
        pass,
        shape.tokens(),
        shape.segmentOffsets() - 1,
        shape.heads(),
        shape.kvHeads(),
        shape.headDim(),
        shape.scale(),
        type,
        areAligned(operation.reads()) && areAligned(operation.writes()));
  }

  private static boolean areAligned(List<MemoryRegion> regions) {
    return regions.stream().allMatch(region -> region.offsetBytes() % ALIGNMENT_BYTES == 0);
  }

  /** What stands for all problems that differ only in how many segments there are beyond one. */
  AttentionProblem withSegmentsAtMostTwo() {
    return new AttentionProblem(
        pass, tokens, Math.min(2, segments), heads, kvHeads, headDim, scale, type, aligned);
  }

  /** For messages: {@code FORWARD T=65536 segments=1 H=32 K=8 D=128 BF16}. */
  @Override
  public String toString() {
    return "%s T=%d segments=%d H=%d K=%d D=%d %s"
        .formatted(pass, tokens, segments, heads, kvHeads, headDim, type);
  }
}
