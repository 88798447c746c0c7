package org.memo.planner.allocation;

import java.util.Arrays;

/** A growing list of placed buffers, from the lowest offset to the highest. */
final class OffsetOrder {

  /** Moving a block of memory is so much faster than looking at what its members stand for. */
  private static final int MOVES_PER_LOOK = 16;

  private int[] buffers = new int[16];
  private int size = 0;

  int size() {
    return size;
  }

  int get(int position) {
    return buffers[position];
  }

  /** Adds a buffer; the answer is what that costs, in looks at one that is there. */
  long add(int buffer, long[] offsets) {
    if (size == buffers.length) {
      buffers = Arrays.copyOf(buffers, 2 * size);
    }
    int position = firstAbove(offsets[buffer], offsets);
    System.arraycopy(buffers, position, buffers, position + 1, size - position);
    buffers[position] = buffer;
    size++;
    return 1 + (size - position) / MOVES_PER_LOOK;
  }

  private int firstAbove(long offset, long[] offsets) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[buffers[middle]] <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
