package org.memo.parallel;

import java.util.ArrayList;
import java.util.List;
import org.memo.op.HeadLayout;

/**
 * Rows of heads over some ranks, and which head of the whole row each local head is: told from the
 * query heads of each rank, not from the layout's own formula.
 *
 * @param queries of each rank; {@link #NONE} where a head is virtual
 * @param localKvHeads key heads of each rank
 */
record HeadCase(
    HeadLayout layout, int ranks, List<List<Integer>> queries, int localKvHeads, int tokensEach) {
  /** A local head that is not in the whole row. */
  static final int NONE = -1;

  static List<HeadCase> all() {
    return List.of(
        of(rows(6, 2, 5), 1, 2, 3),
        of(rows(6, 2, 5), 2, 1, 4),
        of(rows(6, 2, 5), 3, 2, 2),
        of(rows(6, 2, 3), 6, 1, 3),
        of(HeadLayout.queries(6, 6, 4), 2, 3, 3),
        of(HeadLayout.queries(6, 2, 5), 3, 2, 1),
        of(rows(8, 8, 2), 4, 2, 3),
        of(rows(8, 2, 3), 8, 1, 2),
        of(rows(12, 4, 2), 3, 4, 2),
        of(rows(8, 1, 2), 4, 1, 0),
        padded(rows(5, 5, 3), "0 1 2|3 4 -", 3, 4),
        padded(rows(5, 5, 3), "0 1|2 3|4 -", 2, 3),
        padded(rows(5, 5, 2), "0 1|2 3|4 -|- -", 2, 3),
        padded(rows(5, 1, 2), "0 1|2 3|4 -", 1, 2),
        padded(rows(6, 2, 4), "0 1|2 -|3 4|5 -", 1, 3),
        padded(HeadLayout.queries(6, 2, 4), "0 1|2 -|3 4|5 -", 1, 3),
        padded(rows(6, 2, 3), "0 1|2 -|3 4|5 -|- -", 1, 2),
        padded(rows(7, 7, 2), "0 1|2 3|4 5|6 -", 2, 3),
        padded(rows(14, 2, 2), "0 1 2 3|4 5 6 -|7 8 9 10|11 12 13 -", 1, 2),
        padded(rows(10, 2, 2), "0 1 2 3|4 - 5 6|7 8 9 -", 2, 2));
  }

  /** Ranks that share the query heads in order and without rest. */
  static HeadCase of(HeadLayout layout, int ranks, int localKvHeads, int tokensEach) {
    int each = (int) layout.queryHeads() / ranks;
    List<List<Integer>> queries = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      List<Integer> local = new ArrayList<>();
      for (int i = 0; i < each; i++) {
        local.add(rank * each + i);
      }
      queries.add(local);
    }
    return new HeadCase(layout, ranks, queries, localKvHeads, tokensEach);
  }

  private static HeadCase padded(
      HeadLayout layout, String queries, int localKvHeads, int tokensEach) {
    List<List<Integer>> ranks = new ArrayList<>();
    for (String rank : queries.split("\\|")) {
      List<Integer> local = new ArrayList<>();
      for (String head : rank.split(" ")) {
        local.add(head.equals("-") ? NONE : Integer.parseInt(head));
      }
      ranks.add(local);
    }
    return new HeadCase(layout, ranks.size(), ranks, localKvHeads, tokensEach);
  }

  static HeadLayout rows(int heads, int kvHeads, int headDim) {
    return HeadLayout.queriesKeysValues(heads, kvHeads, headDim);
  }

  int headDim() {
    return (int) layout.headDim();
  }

  int tokens() {
    return ranks * tokensEach;
  }

  int wholeHeads() {
    return (int) layout.heads();
  }

  int localHeads() {
    return localQueries() + (layout.keysAndValues() ? 2 * localKvHeads : 0);
  }

  /** The elements of a rank's tokens with all heads. */
  int tokenElements() {
    return tokensEach * wholeHeads() * headDim();
  }

  /** The elements of all tokens with a rank's heads. */
  int headElements() {
    return tokens() * localHeads() * headDim();
  }

  /** Query head i attends with the key head i / (H / K), in the whole row and in a local one. */
  int wholeHead(int rank, int localHead) {
    if (localHead < localQueries()) {
      return queries.get(rank).get(localHead);
    }
    int localKvHead = (localHead - localQueries()) % localKvHeads;
    int values = (localHead - localQueries()) / localKvHeads;
    int groupSize = localQueries() / localKvHeads;
    int heads = (int) layout.queryHeads();
    int kvHeads = (int) layout.kvHeads();
    return queries
        .get(rank)
        .subList(localKvHead * groupSize, (localKvHead + 1) * groupSize)
        .stream()
        .filter(query -> query != NONE)
        .map(query -> heads + values * kvHeads + query / (heads / kvHeads))
        .findFirst()
        .orElse(NONE);
  }

  /** Of rows of a rank's heads, those of a group of key heads and of the queries of these. */
  float[] ofGroup(float[] rows, int group, int groups) {
    int queries = localQueries() / groups;
    int keys = layout.keysAndValues() ? localKvHeads / groups : 0;
    float[] part = new float[rows.length / groups];
    int at = 0;
    for (int token = 0; token < tokens(); token++) {
      at = copy(rows, headIndex(token, group * queries, 0), part, at, queries);
      int firstKey = localQueries() + group * keys;
      at = copy(rows, headIndex(token, firstKey, 0), part, at, keys);
      at = copy(rows, headIndex(token, firstKey + localKvHeads, 0), part, at, keys);
    }
    return part;
  }

  private int copy(float[] rows, int from, float[] part, int to, int heads) {
    if (heads > 0) {
      System.arraycopy(rows, from, part, to, heads * headDim());
    }
    return to + heads * headDim();
  }

  int tokenIndex(int token, int wholeHead, int element) {
    return (token * wholeHeads() + wholeHead) * headDim() + element;
  }

  int headIndex(int token, int localHead, int element) {
    return (token * localHeads() + localHead) * headDim() + element;
  }

  private int localQueries() {
    return queries.get(0).size();
  }
}
