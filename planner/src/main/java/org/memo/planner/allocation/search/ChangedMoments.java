package org.memo.planner.allocation.search;

/** Moments whose buffers have changed and that are still to be looked at, each once. */
final class ChangedMoments {

  private final int[] stack;
  private final boolean[] contained;
  private int size = 0;

  ChangedMoments(int moments) {
    stack = new int[moments];
    contained = new boolean[moments];
  }

  void add(int moment) {
    if (!contained[moment]) {
      contained[moment] = true;
      stack[size++] = moment;
    }
  }

  boolean isEmpty() {
    return size == 0;
  }

  int take() {
    int moment = stack[--size];
    contained[moment] = false;
    return moment;
  }

  void clear() {
    while (size > 0) {
      take();
    }
  }
}
