package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;

/** Passes of one kind that follow each other: all forward passes, say. */
final class PassRuns {

  private PassRuns() {}

  /** All passes but the first and the last {@code count} of each run. */
  static List<PassWindow> withoutEnds(List<PassWindow> windows, int count) {
    List<PassWindow> inside = new ArrayList<>();
    for (int first = 0; first < windows.size(); ) {
      int end = first + 1;
      while (end < windows.size() && isKind(windows.get(end), windows.get(first))) {
        end++;
      }
      if (first + count < end - count) {
        inside.addAll(windows.subList(first + count, end - count));
      }
      first = end;
    }
    return inside;
  }

  private static boolean isKind(PassWindow window, PassWindow other) {
    return window.shape().kind().equals(other.shape().kind());
  }
}
