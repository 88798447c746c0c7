package org.memo.planner.allocation.bilevel;

import java.util.List;

/**
 * What level 1 solves once for all passes that are alike.
 *
 * @param shape the requests
 * @param incoming positions of the requests that free what came from the pass before, in the order
 *     in which that is stacked from the bottom
 * @param outgoing positions of the requests that allocate what the next pass gets, in the order in
 *     which that hangs from the top
 */
record PassProblem(PassShape shape, List<Integer> incoming, List<Integer> outgoing) {

  PassProblem {
    incoming = List.copyOf(incoming);
    outgoing = List.copyOf(outgoing);
  }

  boolean hasBorders() {
    return !incoming.isEmpty() || !outgoing.isEmpty();
  }
}
