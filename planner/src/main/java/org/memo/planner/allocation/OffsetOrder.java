package org.memo.planner.allocation;

import java.util.Arrays;

/** A growing list of placed buffers, from the lowest offset to the highest. */
final class OffsetOrder {

  private int[] buffers = new int[16];
  private int size = 0;

  int size() {
    return size;
  }

  int get(int position) {
    return buffers[position];
  }

  void add(int buffer, long[] offsets) {
    if (size == buffers.length) {
      buffers = Arrays.copyOf(buffers, 2 * size);
    }
    int position = firstAbove(offsets[buffer], offsets);
    System.arraycopy(buffers, position, buffers, position + 1, size - position);
    buffers[position] = buffer;
    size++;
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
