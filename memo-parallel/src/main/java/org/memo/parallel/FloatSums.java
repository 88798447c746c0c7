package org.memo.parallel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntFunction;

/** Sums f32 regions of several ranks, in the order of the ranks, in blocks that stay in cache. */
final class FloatSums {
  private static final int BLOCK_ELEMENTS = 4096;

  private final float[] sum = new float[BLOCK_ELEMENTS];
  private final float[] addend = new float[BLOCK_ELEMENTS];

  /**
   * {@code target = parts(0) + parts(1) + ...}, or {@code target += ...}. A part may be the target
   * itself.
   *
   * @param parts of each rank, of the target's size
   */
  void sum(int ranks, IntFunction<MemorySegment> parts, MemorySegment target, boolean accumulate) {
    long elements = target.byteSize() / Float.BYTES;
    for (long first = 0; first < elements; first += BLOCK_ELEMENTS) {
      int count = (int) Math.min(BLOCK_ELEMENTS, elements - first);
      read(parts.apply(0), first, count, sum);
      for (int rank = 1; rank < ranks; rank++) {
        add(parts.apply(rank), first, count);
      }
      if (accumulate) {
        add(target, first, count);
      }
      MemorySegment.copy(
          sum, 0, target, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, count);
    }
  }

  private void add(MemorySegment part, long first, int count) {
    read(part, first, count, addend);
    for (int i = 0; i < count; i++) {
      sum[i] += addend[i];
    }
  }

  private static void read(MemorySegment part, long first, int count, float[] values) {
    MemorySegment.copy(
        part, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, values, 0, count);
  }
}
