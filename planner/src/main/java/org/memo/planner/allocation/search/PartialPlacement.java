package org.memo.planner.allocation.search;

import java.util.Arrays;

/**
 * Some buffers placed, and for each of the others the lowest offset that is still possible. Every
 * unplaced buffer lies above all placed ones that it overlaps, so what is placed is a skyline.
 *
 * <p>A buffer that was refused its lowest offset leaves a <em>hole</em> there. Unless another
 * buffer comes to lie in it, the refused one could be let down into it, so nothing is lost by
 * giving up as soon as the hole is too low for that.
 */
final class PartialPlacement {

  private static final long NO_HOLE = -1;

  private final Boxes boxes;
  private final Unplaced unplaced;
  private final ChangedMoments changed;
  private final long[] offset;
  private final long[] hole; // offset of the open hole of a refused buffer
  private final Trail trail = new Trail();
  private final int start;

  PartialPlacement(Boxes boxes) {
    this.boxes = boxes;
    unplaced = new Unplaced(boxes);
    changed = new ChangedMoments(boxes.moments);
    offset = new long[boxes.count];
    hole = new long[boxes.count];
    Arrays.fill(hole, NO_HOLE);
    for (int buffer = 0; buffer < boxes.count; buffer++) {
      liftTwins(buffer);
    }
    start = trail.size();
    reset();
  }

  /** Takes all back, and has every moment looked at. */
  void reset() {
    undoTo(start);
    changed.addRange(0, boxes.moments - 1);
  }

  Boxes boxes() {
    return boxes;
  }

  Unplaced unplaced() {
    return unplaced;
  }

  ChangedMoments changed() {
    return changed;
  }

  /** Where a placed buffer lies; the lowest possible offset of another. */
  long offset(int buffer) {
    return offset[buffer];
  }

  long end(int buffer) {
    return offset[buffer] + boxes.height[buffer];
  }

  long[] offsets() {
    return offset.clone();
  }

  /** How much was changed up to now, for {@link #undoTo}. */
  int mark() {
    return trail.size();
  }

  /** Places a buffer at its lowest offset; those that overlap it are lifted above it. */
  void place(int buffer) {
    long end = end(buffer);
    unplaced.remove(buffer);
    trail.push(buffer, Trail.PLACED, 0);
    int first = boxes.first[buffer];
    int last = boxes.last[buffer];
    changed.addRange(first, last);
    for (int moment = first; moment <= last; moment++) {
      int listEnd = unplaced.end(moment);
      for (int i = unplaced.begin(moment); i < listEnd; i++) {
        int above = unplaced.at(i);
        if (hole[above] != NO_HOLE && offset[buffer] < hole[above] + boxes.height[above]) {
          setHole(above, NO_HOLE);
        }
        if (offset[above] < end) {
          lift(above, end);
        }
      }
    }
  }

  /** Raises the lowest possible offset of an unplaced buffer. */
  void lift(int buffer, long newOffset) {
    trail.push(buffer, Trail.OFFSET, offset[buffer]);
    offset[buffer] = newOffset;
    changed.addRange(boxes.first[buffer], boxes.last[buffer]);
    liftTwins(buffer);
  }

  /** Twins keep their order; a buffer's own twins are unplaced as long as it is. */
  private void liftTwins(int buffer) {
    int twin = boxes.nextTwin[buffer];
    if (twin >= 0 && offset[twin] < end(buffer)) {
      lift(twin, end(buffer));
    }
  }

  /** Denies a buffer its lowest offset; it will lie where one that it overlaps ends. */
  boolean refuse(int buffer) {
    long next = Long.MAX_VALUE;
    for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
      int listEnd = unplaced.end(moment);
      for (int i = unplaced.begin(moment); i < listEnd; i++) {
        int other = unplaced.at(i);
        next = other == buffer ? next : Math.min(next, end(other));
      }
    }
    if (next > boxes.highestOffset[buffer]) {
      return false;
    }
    setHole(buffer, offset[buffer]);
    lift(buffer, Math.max(next, offset[buffer]));
    return true;
  }

  /** Whether a refused buffer has a hole into which nothing from this offset upwards can reach. */
  boolean hasHoleBelow(int buffer, long lowestOffset) {
    return hole[buffer] != NO_HOLE && hole[buffer] + boxes.height[buffer] <= lowestOffset;
  }

  /** Two states of a buffer differ in this number whenever they matter for what is to come. */
  long stateOf(int buffer) {
    return offset[buffer] * 0x9E3779B97F4A7C15L + (hole[buffer] + 1) * 0xD6E8FEB86659FD93L;
  }

  void undoTo(int mark) {
    while (trail.size() > mark) {
      int buffer = trail.topBuffer();
      switch (trail.topKind()) {
        case Trail.OFFSET -> offset[buffer] = trail.topValue();
        case Trail.HOLE -> hole[buffer] = trail.topValue();
        default -> unplaced.restore(buffer);
      }
      trail.pop();
    }
  }

  private void setHole(int buffer, long holeOffset) {
    trail.push(buffer, Trail.HOLE, hole[buffer]);
    hole[buffer] = holeOffset;
  }
}
