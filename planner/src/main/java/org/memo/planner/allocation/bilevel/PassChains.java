package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.memo.planner.allocation.bilevel.PassShape.Step;

/** Finds out which tensors passes hand to each other. */
final class PassChains {

  private final List<PassWindow> windows;
  private final PassEnds ends;
  private final List<List<Integer>> incoming = new ArrayList<>(); // positions by window
  private final List<List<Integer>> outgoing = new ArrayList<>();
  private final Set<Integer> borders = new HashSet<>();

  private PassChains(List<PassWindow> windows, PassEnds ends) {
    this.windows = windows;
    this.ends = ends;
  }

  static List<PassChain> of(List<PassWindow> windows, PassEnds ends) {
    PassChains chains = new PassChains(windows, ends);
    chains.findBorders();
    return chains.cut();
  }

  private void findBorders() {
    incoming.add(List.of());
    for (int w = 0; w < windows.size(); w++) {
      List<Integer> handed = handedOn(w);
      List<Integer> freed = new ArrayList<>();
      for (int position : handed) {
        freed.add(ends.freedAt(tensor(w, position)));
        borders.add(tensor(w, position));
      }
      outgoing.add(handed);
      incoming.add(freed);
    }
  }

  /** Those that the next pass keeps the longest come first. */
  private List<Integer> handedOn(int w) {
    List<Integer> handed = new ArrayList<>();
    if (w + 1 == windows.size() || !kind(w).equals(kind(w + 1))) {
      return handed; // what the last forward pass leaves to a backward pass is kept, not handed on
    }
    List<Step> steps = windows.get(w).shape().steps();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).birth()
          && steps.get(i).partner() == PassShape.OUTSIDE
          && ends.freedIn(tensor(w, i)) == w + 1) {
        handed.add(i);
      }
    }
    handed.sort(Comparator.comparingInt((Integer i) -> ends.freedAt(tensor(w, i))).reversed());
    return handed;
  }

  private List<PassChain> cut() {
    List<PassChain> chains = new ArrayList<>();
    for (int first = 0; first < windows.size(); ) {
      int last = first;
      while (!outgoing.get(last).isEmpty()) {
        last++;
      }
      if (first < last) {
        completeEnds(first, last);
      }
      chains.add(chain(first, last));
      first = last + 1;
    }
    return chains;
  }

  /** What the first pass gets and the last one gives is treated as between the others. */
  private void completeEnds(int first, int last) {
    List<Integer> entering = incoming.get(first + 1);
    if (isLike(first, first + 1) && claim(first, entering)) {
      incoming.set(first, entering);
    }
    List<Integer> leaving = outgoing.get(last - 1);
    if (isLike(last, last - 1) && claim(last, leaving)) {
      outgoing.set(last, leaving);
    }
  }

  /** A tensor between two chains can be a border of one of them only. */
  private boolean claim(int w, List<Integer> positions) {
    List<Integer> tensors = positions.stream().map(position -> tensor(w, position)).toList();
    return tensors.stream().noneMatch(borders::contains) && borders.addAll(tensors);
  }

  private PassChain chain(int first, int last) {
    return new PassChain(
        windows.subList(first, last + 1),
        incoming.subList(first, last + 1),
        outgoing.subList(first, last + 1));
  }

  private String kind(int w) {
    return windows.get(w).shape().kind();
  }

  private boolean isLike(int w, int other) {
    return windows.get(w).shape().equals(windows.get(other).shape());
  }

  private int tensor(int w, int position) {
    return windows.get(w).tensors().get(position);
  }
}
