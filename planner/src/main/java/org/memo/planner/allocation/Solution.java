package org.memo.planner.allocation;

import java.util.List;

/**
 * Where each buffer of a {@link Problem} lives. Nothing is promised about a solution until a {@link
 * Validator} has seen it.
 *
 * @param offsetsBytes an offset per buffer, in the order of {@link Problem#buffers}
 * @param peakBytes the largest offset + size, 0 if there are no buffers
 */
public record Solution(List<Long> offsetsBytes, long peakBytes) {

  public Solution {
    offsetsBytes = List.copyOf(offsetsBytes);
  }

  /** The solution with these offsets, and the peak that follows from them. */
  public static Solution of(Problem problem, List<Long> offsetsBytes) {
    long peakBytes = 0;
    for (int i = 0; i < problem.size(); i++) {
      long endBytes = offsetsBytes.get(i) + problem.buffers().get(i).sizeBytes();
      peakBytes = Math.max(peakBytes, endBytes);
    }
    return new Solution(offsetsBytes, peakBytes);
  }
}
