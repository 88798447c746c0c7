package org.memo.planner.allocation.bilevel;

import java.util.List;

/**
 * What a pass requests, told without names and times: passes of the same shape have the same plan.
 *
 * @param kind what the program calls such a pass
 * @param steps its requests in their order
 */
record PassShape(String kind, List<Step> steps) {

  /** Stands for the other end of a lifespan that is not in the pass. */
  static final int OUTSIDE = -1;

  /**
   * One request.
   *
   * @param birth whether the tensor is allocated, not freed
   * @param partner position of the request that ends or began its life, or {@link #OUTSIDE}
   * @param roomBytes what the tensor takes
   */
  record Step(boolean birth, int partner, long roomBytes) {
    boolean isBirthOfInner() {
      return birth && partner != OUTSIDE;
    }
  }

  PassShape {
    steps = List.copyOf(steps);
  }

  int length() {
    return steps.size();
  }
}
