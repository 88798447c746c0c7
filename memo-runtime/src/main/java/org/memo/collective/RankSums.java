package org.memo.collective;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Sums regions of several ranks, in the order of the ranks, in blocks that stay in cache. One
 * thread at a time uses it.
 */
public abstract sealed class RankSums permits FloatSums, DoubleSums {
  /** Two blocks of it lie well within a first-level cache: 4096 took twice as long. */
  static final int BLOCK_ELEMENTS = 512;

  private final int elementBytes;

  RankSums(int elementBytes) {
    this.elementBytes = elementBytes;
  }

  /** The bytes of an element. */
  public final int elementBytes() {
    return elementBytes;
  }

  /**
   * {@code target = parts(0) + parts(1) + ...}, or {@code target += ...}. A part may be the target
   * itself.
   *
   * @param parts of each rank, of the target's size
   */
  public final void sum(
      int ranks, IntFunction<MemorySegment> parts, MemorySegment target, boolean accumulate) {
    long elements = target.byteSize() / elementBytes;
    MemorySegment[] addends = new MemorySegment[ranks];
    Arrays.setAll(addends, parts);
    for (long first = 0; first < elements; first += BLOCK_ELEMENTS) {
      int count = (int) Math.min(BLOCK_ELEMENTS, elements - first);
      long offsetBytes = first * elementBytes;
      read(addends[0], offsetBytes, count);
      for (int rank = 1; rank < ranks; rank++) {
        add(addends[rank], offsetBytes, count);
      }
      if (accumulate) {
        add(target, offsetBytes, count);
      }
      write(target, offsetBytes, count);
    }
  }

  /** The elements that a rank sums where each sums a part of the region. */
  public final MemorySegment part(MemorySegment region, int rank, int ranks) {
    long elements = region.byteSize() / elementBytes;
    long first = elements * rank / ranks;
    long end = elements * (rank + 1) / ranks;
    return region.asSlice(first * elementBytes, (end - first) * elementBytes);
  }

  abstract void read(MemorySegment part, long offsetBytes, int count);

  abstract void add(MemorySegment part, long offsetBytes, int count);

  abstract void write(MemorySegment target, long offsetBytes, int count);
}
