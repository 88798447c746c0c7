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
  private final long[] highest; // by moment, at least each unplaced offset that could matter
  private final Trail trail = new Trail();
  private final int start;
  private int holes = 0;

  PartialPlacement(Boxes boxes) {
    this.boxes = boxes;
    unplaced = new Unplaced(boxes);
    changed = new ChangedMoments(boxes.moments);
    offset = new long[boxes.count];
    hole = new long[boxes.count];
    highest = new long[boxes.moments];
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
    for (int moment = 0; moment < boxes.moments; moment++) {
      changed.add(moment);
    }
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
    unplaced.remove(buffer);
    trail.push(buffer, Trail.PLACED, 0);
    int first = boxes.first[buffer];
    int last = boxes.last[buffer];
    for (int moment = first; moment <= last; moment++) {
      addIfTight(moment);
    }
    for (int i = unplaced.begin(first); i < unplaced.end(first); i++) {
      putOn(unplaced.at(i), buffer);
    }
    for (int i = boxes.bornBefore[first + 1]; i < boxes.bornBefore[last + 1]; i++) {
      if (unplaced.contains(boxes.births[i])) {
        putOn(boxes.births[i], buffer);
      }
    }
  }

  private void putOn(int above, int below) {
    if (hole[above] != NO_HOLE && offset[below] < hole[above] + boxes.height[above]) {
      setHole(above, NO_HOLE);
    }
    if (offset[above] < end(below)) {
      lift(above, end(below));
    }
  }

  /** Raises the lowest possible offset of an unplaced buffer. */
  void lift(int buffer, long newOffset) {
    trail.push(buffer, Trail.OFFSET, offset[buffer]);
    offset[buffer] = newOffset;
    int last = boxes.last[buffer];
    for (int moment = boxes.first[buffer]; moment <= last; moment = Unplaced.nextBlock(moment)) {
      if (newOffset >= boxes.ceiling - unplaced.fullestOfBlock(moment)) {
        lookAt(moment, Math.min(last, Unplaced.nextBlock(moment) - 1), newOffset);
      }
    }
    liftTwins(buffer);
  }

  private void lookAt(int firstMoment, int lastMoment, long newOffset) {
    for (int moment = firstMoment; moment <= lastMoment; moment++) {
      if (newOffset >= boxes.ceiling - unplaced.heightSum(moment)) {
        highest[moment] = Math.max(highest[moment], newOffset);
        changed.add(moment);
      }
    }
  }

  /** Nothing follows at a moment where each buffer could lie below all others. */
  private void addIfTight(int moment) {
    if (highest[moment] >= boxes.ceiling - unplaced.heightSum(moment)) {
      changed.add(moment);
    }
  }

  /** Tells the highest offset of an unplaced buffer at a moment. */
  void setHighest(int moment, long highestOffset) {
    highest[moment] = highestOffset;
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
    long next = lowestEndBeside(buffer);
    if (next > boxes.highestOffset[buffer]) {
      return false;
    }
    setHole(buffer, offset[buffer]);
    lift(buffer, Math.max(next, offset[buffer]));
    return true;
  }

  private long lowestEndBeside(int buffer) {
    int first = boxes.first[buffer];
    long lowest = Long.MAX_VALUE;
    for (int i = unplaced.begin(first); i < unplaced.end(first); i++) {
      int other = unplaced.at(i);
      lowest = other == buffer ? lowest : Math.min(lowest, end(other));
    }
    int bornEnd = boxes.bornBefore[boxes.last[buffer] + 1];
    for (int i = boxes.bornBefore[first + 1]; i < bornEnd; i++) {
      if (unplaced.contains(boxes.births[i])) {
        lowest = Math.min(lowest, end(boxes.births[i]));
      }
    }
    return lowest;
  }

  /** Whether any refused buffer has an open hole. */
  boolean hasHoles() {
    return holes > 0;
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
        case Trail.HOLE -> changeHole(buffer, trail.topValue());
        default -> restore(buffer);
      }
      trail.pop();
    }
  }

  private void restore(int buffer) {
    unplaced.restore(buffer);
    for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
      highest[moment] = Math.max(highest[moment], offset[buffer]);
    }
  }

  private void setHole(int buffer, long holeOffset) {
    trail.push(buffer, Trail.HOLE, hole[buffer]);
    changeHole(buffer, holeOffset);
  }

  private void changeHole(int buffer, long holeOffset) {
    holes += (holeOffset == NO_HOLE ? 0 : 1) - (hole[buffer] == NO_HOLE ? 0 : 1);
    hole[buffer] = holeOffset;
  }
}
