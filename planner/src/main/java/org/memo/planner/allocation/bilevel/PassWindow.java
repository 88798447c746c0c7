package org.memo.planner.allocation.bilevel;

import java.util.List;

/**
 * One pass in the time of the whole trace.
 *
 * @param shape what it requests
 * @param start when its first request is made; the others follow, one each moment
 * @param tensors whom each request is about
 */
record PassWindow(PassShape shape, long start, List<Integer> tensors) {

  PassWindow {
    tensors = List.copyOf(tensors);
  }

  long end() {
    return start + tensors.size();
  }
}
