package org.memo.planner.allocation.search;

import java.util.Arrays;

/** What was changed and its value before, so that changes can be taken back, the latest first. */
final class Trail {

  /** What a change is about. */
  static final int OFFSET = 0;

  static final int PLACED = 1;
  static final int HOLE = 2;
  static final int KINDS = 3;

  private int[] keys = new int[1024];
  private long[] values = new long[1024];
  private int size = 0;

  int size() {
    return size;
  }

  void push(int buffer, int kind, long valueBefore) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    keys[size] = buffer * KINDS + kind;
    values[size++] = valueBefore;
  }

  void pop() {
    size--;
  }

  int topBuffer() {
    return keys[size - 1] / KINDS;
  }

  int topKind() {
    return keys[size - 1] % KINDS;
  }

  long topValue() {
    return values[size - 1];
  }
}
