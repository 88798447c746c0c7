package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the tensors lie that one pass hands to the next: each at the bottom or at the top of both,
 * in two stacks that start at the edges.
 *
 * @param rising at the top of the pass that hands them on, at the bottom of the next one
 * @param sinking the other way round
 */
record Borders(List<Integer> rising, List<Integer> sinking) {

  static final Borders NONE = new Borders(List.of(), List.of());

  /** More tensors than this are tried in one order only: there are n! 2^n arrangements. */
  private static final int MAX_PERMUTED = 3;

  Borders {
    rising = List.copyOf(rising);
    sinking = List.copyOf(sinking);
  }

  boolean isEmpty() {
    return rising.isEmpty() && sinking.isEmpty();
  }

  /** All arrangements worth trying of so many tensors, told by their numbers from 0. */
  static List<Borders> arrangements(int count) {
    List<Borders> arrangements = new ArrayList<>();
    if (count <= MAX_PERMUTED) {
      addTo(arrangements, NONE, count);
    } else {
      Borders all = NONE;
      for (int i = 0; i < count; i++) {
        all = all.with(i, true);
      }
      arrangements.add(all);
    }
    return arrangements;
  }

  private static void addTo(List<Borders> arrangements, Borders begun, int count) {
    boolean complete = true;
    for (boolean rises : new boolean[] {true, false}) {
      for (int i = 0; i < count; i++) {
        boolean first = begun.isEmpty(); // which is not turned: the mirror image is the same
        boolean inOrder = begun.sinking.isEmpty() || !rises; // else it comes twice
        if (!begun.rising.contains(i) && !begun.sinking.contains(i)) {
          complete = false;
          if (inOrder && (rises || !first)) {
            addTo(arrangements, begun.with(i, rises), count);
          }
        }
      }
    }
    if (complete) {
      arrangements.add(begun);
    }
  }

  private Borders with(int tensor, boolean rises) {
    List<Integer> more = new ArrayList<>(rises ? rising : sinking);
    more.add(tensor);
    return rises ? new Borders(more, sinking) : new Borders(rising, more);
  }

  /** The same of other things, of which this has the numbers. */
  Borders of(List<Integer> things) {
    return new Borders(
        rising.stream().map(things::get).toList(), sinking.stream().map(things::get).toList());
  }
}
