package org.memo.profile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * Numbers from -1 to 1 whether one reads them as bf16 or as f32: the upper half of an f32 is a
 * bf16, and what stands in the lower half does not matter much.
 */
public final class RandomNumbers {
  private RandomNumbers() {}

  /** Fills the memory with them. */
  public static void fill(MemorySegment memory, Random random) {
    for (long i = 0; i < memory.byteSize() / Short.BYTES; i++) {
      int bits = Float.floatToRawIntBits(random.nextFloat() * 2 - 1);
      memory.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, (short) (bits >>> Short.SIZE));
    }
  }
}
