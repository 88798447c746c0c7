package org.memo.parallel;

import java.util.List;
import org.memo.op.HeadLayout;

/**
 * Rows of heads over some ranks, and which head of the whole row each local head is: told from the
 * query heads that attend with it, not from the layout's own formula.
 */
record HeadCase(int ranks, int heads, int kvHeads, int headDim, int tokensEach) {
  static List<HeadCase> all() {
    return List.of(
        new HeadCase(1, 6, 2, 5, 3),
        new HeadCase(2, 6, 2, 5, 4),
        new HeadCase(3, 6, 2, 5, 2),
        new HeadCase(6, 6, 2, 3, 3),
        new HeadCase(2, 6, 0, 4, 3),
        new HeadCase(3, 6, 0, 5, 1),
        new HeadCase(4, 8, 8, 2, 3),
        new HeadCase(8, 8, 2, 3, 2),
        new HeadCase(3, 12, 4, 2, 2),
        new HeadCase(4, 8, 1, 2, 0));
  }

  HeadLayout layout() {
    return new HeadLayout(heads, kvHeads, kvHeads, headDim);
  }

  int tokens() {
    return ranks * tokensEach;
  }

  int wholeHeads() {
    return heads + 2 * kvHeads;
  }

  int localHeads() {
    return (int) layout().local(ranks).heads();
  }

  /** The elements of a rank's tokens with all heads. */
  int tokenElements() {
    return tokensEach * wholeHeads() * headDim;
  }

  /** The elements of all tokens with a rank's heads. */
  int headElements() {
    return tokens() * localHeads() * headDim;
  }

  /** Query head i attends with the key head i / (H / K), in the whole row and in a local one. */
  int wholeHead(int rank, int localHead) {
    int localQueries = heads / ranks;
    if (localHead < localQueries) {
      return rank * localQueries + localHead;
    }
    int localKv = (localHeads() - localQueries) / 2;
    int localKvHead = (localHead - localQueries) % localKv;
    int values = (localHead - localQueries) / localKv;
    int someQuery = rank * localQueries + localKvHead * (localQueries / localKv);
    return heads + values * kvHeads + someQuery / (heads / kvHeads);
  }

  int tokenIndex(int token, int wholeHead, int element) {
    return (token * wholeHeads() + wholeHead) * headDim + element;
  }

  int headIndex(int token, int localHead, int element) {
    return (token * localHeads() + localHead) * headDim + element;
  }
}
