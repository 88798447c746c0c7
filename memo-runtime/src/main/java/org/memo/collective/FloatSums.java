package org.memo.collective;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Sums of f32 elements. */
public final class FloatSums extends RankSums {
  private final float[] sum = new float[BLOCK_ELEMENTS];
  private final float[] addend = new float[BLOCK_ELEMENTS];

  public FloatSums() {
    super(Float.BYTES);
  }

  @Override
  void read(MemorySegment part, long offsetBytes, int count) {
    MemorySegment.copy(part, JAVA_FLOAT_UNALIGNED, offsetBytes, sum, 0, count);
  }

  @Override
  void add(MemorySegment part, long offsetBytes, int count) {
    MemorySegment.copy(part, JAVA_FLOAT_UNALIGNED, offsetBytes, addend, 0, count);
    for (int i = 0; i < count; i++) {
      sum[i] += addend[i];
    }
  }

  @Override
  void write(MemorySegment target, long offsetBytes, int count) {
    MemorySegment.copy(sum, 0, target, JAVA_FLOAT_UNALIGNED, offsetBytes, count);
  }
}
