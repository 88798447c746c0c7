package org.memo.planner.allocation.bilevel;

/**
 * What level 1 solves once for all passes that are alike.
 *
 * @param shape the requests
 * @param incoming positions of the requests that free what came from the pass before
 * @param outgoing positions of the requests that allocate what the next pass gets
 */
record PassProblem(PassShape shape, Borders incoming, Borders outgoing) {

  boolean hasBorders() {
    return !incoming.isEmpty() || !outgoing.isEmpty();
  }
}
