package org.memo.collective;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Sums of f64 elements. */
public final class DoubleSums extends RankSums {
  private final double[] sum = new double[BLOCK_ELEMENTS];
  private final double[] addend = new double[BLOCK_ELEMENTS];

  public DoubleSums() {
    super(Double.BYTES);
  }

  @Override
  void read(MemorySegment part, long offsetBytes, int count) {
    MemorySegment.copy(part, JAVA_DOUBLE_UNALIGNED, offsetBytes, sum, 0, count);
  }

  @Override
  void add(MemorySegment part, long offsetBytes, int count) {
    MemorySegment.copy(part, JAVA_DOUBLE_UNALIGNED, offsetBytes, addend, 0, count);
    for (int i = 0; i < count; i++) {
      sum[i] += addend[i];
    }
  }

  @Override
  void write(MemorySegment target, long offsetBytes, int count) {
    MemorySegment.copy(sum, 0, target, JAVA_DOUBLE_UNALIGNED, offsetBytes, count);
  }
}
