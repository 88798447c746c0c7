package org.memo.planner.allocation.search;

/**
 * Draws conclusions moment by moment. The buffers unplaced at a moment lie on each other in some
 * order. One that cannot be the lowest of them, as the others would then end above the ceiling,
 * lies above one that can; and if none can be the lowest, there is no solution. It also counts
 * where searches fail: a moment's failures tell how hard it is.
 */
final class NotFirstRule {

  private final PartialPlacement placement;
  private final Boxes boxes;
  private final Unplaced unplaced;
  private final double[] failures;

  NotFirstRule(PartialPlacement placement) {
    this.placement = placement;
    boxes = placement.boxes();
    unplaced = placement.unplaced();
    failures = new double[boxes.moments];
  }

  /** How often the rule failed at each moment, the recent failures counting most. */
  double[] failures() {
    return failures;
  }

  /** Applies the rule until nothing changes; false if there is no solution. */
  boolean propagate() {
    ChangedMoments changed = placement.changed();
    while (!changed.isEmpty()) {
      int moment = changed.take();
      if (unplaced.begin(moment) < unplaced.end(moment) && !apply(moment)) {
        failures[moment]++;
        changed.clear();
        return false;
      }
    }
    return true;
  }

  private boolean apply(int moment) {
    int begin = unplaced.begin(moment);
    int end = unplaced.end(moment);
    long highestFirst = boxes.ceiling - unplaced.heightSum(moment);
    long lowestEnd = Long.MAX_VALUE; // of those that can be first
    long highest = 0;
    boolean someCannot = false;
    for (int i = begin; i < end; i++) {
      int buffer = unplaced.at(i);
      long offset = placement.offset(buffer);
      if (offset > boxes.highestOffset[buffer]) {
        return false;
      }
      highest = Math.max(highest, offset);
      if (offset <= highestFirst) {
        lowestEnd = Math.min(lowestEnd, offset + boxes.height[buffer]);
      } else {
        someCannot = true;
      }
    }
    if (lowestEnd == Long.MAX_VALUE) {
      return false;
    }
    placement.setHighest(moment, highest);
    for (int i = begin; someCannot && i < end; i++) {
      int buffer = unplaced.at(i);
      long offset = placement.offset(buffer);
      if (offset > highestFirst && offset < lowestEnd) {
        placement.lift(buffer, lowestEnd);
      }
    }
    return true;
  }
}
