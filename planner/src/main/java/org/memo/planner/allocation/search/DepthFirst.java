package org.memo.planner.allocation.search;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A complete search, from the bottom up: of the buffers that can lie lowest the preferred one is
 * placed, or else refused that offset. What is left falls into parts that share no moment, and each
 * is searched by itself. A solution whose offsets have the least sum is among those that the search
 * can reach, as nothing in it can be let down; so when the search ends there is none.
 */
final class DepthFirst {

  /** What a run knows at its end. */
  enum Verdict {
    PLACED,
    REFUTED,
    GAVE_UP
  }

  private static final int STEPS_PER_LOOK_AT_CLOCK = 16;

  /** Larger parts hardly come back, and would take time to recognise. */
  private static final int LARGEST_REMEMBERED = 1000;

  private static final FailedStates.Key NO_KEY = new FailedStates.Key(0, 0);

  private final Boxes boxes;
  private final PartialPlacement placement;
  private final Unplaced unplaced;
  private final NotFirstRule rule;
  private final FailedStates failed = new FailedStates();
  private int[] stack; // parts being searched, each sorted by the first moment, placed ones too
  private int top = 0;
  private int[] rank = new int[0];
  private long stepsLeft = 0;
  private final Deadline deadline;

  DepthFirst(Boxes boxes, Deadline deadline) {
    this.boxes = boxes;
    this.deadline = deadline;
    placement = new PartialPlacement(boxes);
    unplaced = placement.unplaced();
    rule = new NotFirstRule(placement);
    stack = new int[4 * boxes.count];
  }

  /** How often the search failed at each moment. */
  double[] failures() {
    return rule.failures();
  }

  /** The offsets of a run that ended with {@link Verdict#PLACED}. */
  long[] offsets() {
    return placement.offsets();
  }

  /**
   * Searches from the start, remembering earlier failures.
   *
   * @param newRank by buffer; of those that can lie equally low the least is placed first
   * @param maxSteps after how many placements to give up
   */
  Verdict run(int[] newRank, long maxSteps) {
    rank = newRank;
    stepsLeft = maxSteps;
    placement.reset();
    int[] all =
        IntStream.range(0, boxes.count)
            .boxed()
            .sorted(Comparator.comparingInt(buffer -> boxes.first[buffer]))
            .mapToInt(Integer::intValue)
            .toArray();
    System.arraycopy(all, 0, stack, 0, all.length);
    top = all.length;
    if (rule.propagate() && solveParts(0, all.length)) {
      return Verdict.PLACED;
    }
    return stepsLeft > 0 ? Verdict.REFUTED : Verdict.GAVE_UP;
  }

  /**
   * Searches the parts into which a part has fallen. They are copied to the top of the stack only
   * if there are several, or if half of the part is placed.
   */
  private boolean solveParts(int from, int to) {
    int begin = top;
    int[] starts = new int[4];
    int parts = 0;
    int latest = -1;
    ensureRoom(to - from);
    for (int i = from; i < to; i++) {
      int buffer = stack[i];
      if (unplaced.contains(buffer)) {
        if (boxes.first[buffer] > latest) {
          starts = parts + 1 < starts.length ? starts : Arrays.copyOf(starts, 2 * parts + 2);
          starts[parts++] = top;
        }
        stack[top++] = buffer;
        latest = Math.max(latest, boxes.last[buffer]);
      }
    }
    starts[parts] = top;
    boolean solved;
    if (parts == 1 && 2 * (top - begin) > to - from) {
      top = begin;
      solved = solve(from, to);
    } else {
      solved = solveSmallestFirst(starts, parts);
    }
    top = begin;
    return solved;
  }

  private boolean solveSmallestFirst(int[] starts, int parts) {
    int[] smallestFirst =
        IntStream.range(0, parts)
            .boxed()
            .sorted(Comparator.comparingInt(part -> starts[part + 1] - starts[part]))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int part : smallestFirst) {
      if (!solve(starts[part], starts[part + 1])) {
        return false;
      }
    }
    return true;
  }

  private boolean solve(int from, int to) {
    boolean isRemembered = to - from <= LARGEST_REMEMBERED;
    FailedStates.Key key =
        isRemembered ? FailedStates.keyOf(placement, unplaced, stack, from, to) : NO_KEY;
    if (isRemembered && failed.contains(key)) {
      return false;
    }
    int before = placement.mark();
    while (true) {
      if (outOfSteps()) {
        return false;
      }
      int lowest = preferredOfLowest(from, to);
      if (placement.hasHoles() && leavesHole(from, to, placement.offset(lowest))) {
        break;
      }
      int mark = placement.mark();
      placement.place(lowest);
      if (rule.propagate() && solveParts(from, to)) {
        return true;
      }
      if (stepsLeft <= 0) {
        return false;
      }
      placement.undoTo(mark);
      if (!placement.refuse(lowest) || !rule.propagate()) {
        break;
      }
    }
    placement.undoTo(before);
    if (isRemembered) {
      failed.add(key);
    }
    return false;
  }

  private boolean outOfSteps() {
    if (--stepsLeft % STEPS_PER_LOOK_AT_CLOCK == 0 && deadline.expired()) {
      stepsLeft = 0;
    }
    return stepsLeft <= 0;
  }

  private int preferredOfLowest(int from, int to) {
    int best = -1;
    long lowest = Long.MAX_VALUE;
    for (int i = from; i < to; i++) {
      int buffer = stack[i];
      long offset = placement.offset(buffer);
      if (offset <= lowest
          && unplaced.contains(buffer)
          && (offset < lowest || rank[buffer] < rank[best])) {
        best = buffer;
        lowest = offset;
      }
    }
    return best;
  }

  private boolean leavesHole(int from, int to, long lowestOffset) {
    for (int i = from; i < to; i++) {
      if (placement.hasHoleBelow(stack[i], lowestOffset) && unplaced.contains(stack[i])) {
        return true;
      }
    }
    return false;
  }

  private void ensureRoom(int more) {
    if (top + more > stack.length) {
      stack = Arrays.copyOf(stack, Math.max(top + more, 2 * stack.length));
    }
  }
}
