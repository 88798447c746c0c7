package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;

/**
 * Passes of which each hands tensors to the next; or a single pass.
 *
 * @param windows the passes in order of time
 * @param incoming by pass, positions of the requests that free what comes from the pass before
 * @param outgoing by pass, positions of the requests that allocate what the next pass gets, in the
 *     order in which that frees it
 */
record PassChain(
    List<PassWindow> windows, List<List<Integer>> incoming, List<List<Integer>> outgoing) {

  PassChain {
    windows = List.copyOf(windows);
    incoming = List.copyOf(incoming);
    outgoing = List.copyOf(outgoing);
  }

  /** In how many ways the borders can be arranged. */
  int arrangements() {
    return incoming.stream()
        .mapToInt(positions -> Borders.arrangements(positions.size()).size())
        .max()
        .orElseThrow();
  }

  /** What level 1 solves for each pass when the borders are arranged in one of the ways. */
  List<PassProblem> problems(int arrangement) {
    List<PassProblem> problems = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      problems.add(
          new PassProblem(
              windows.get(i).shape(),
              arranged(incoming.get(i), arrangement),
              arranged(outgoing.get(i), arrangement)));
    }
    return problems;
  }

  private static Borders arranged(List<Integer> positions, int arrangement) {
    List<Borders> ways = Borders.arrangements(positions.size());
    return ways.get(arrangement % ways.size()).of(positions);
  }
}
