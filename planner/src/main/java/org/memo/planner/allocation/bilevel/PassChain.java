package org.memo.planner.allocation.bilevel;

import java.util.List;

/**
 * Passes of which each hands tensors to the next; or a single pass.
 *
 * @param windows the passes in order of time
 * @param problems what level 1 solves for each
 */
record PassChain(List<PassWindow> windows, List<PassProblem> problems) {

  PassChain {
    windows = List.copyOf(windows);
    problems = List.copyOf(problems);
  }
}
