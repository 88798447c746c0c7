package org.memo.op;

/**
 * The heads of a token's row, side by side, D elements each: query heads and, where the row has
 * them, key heads and value heads. Query heads share a key and a value head in equal, consecutive
 * groups.
 *
 * <p>Ranks that share the heads (Ulysses) have equally many each, so that all run the same program.
 * Where that takes more heads than there are, the rest are {@link #VIRTUAL}: zeros come in and
 * nothing goes out, so that their attention is finite and without effect.
 *
 * @param queryHeads H
 * @param kvHeads K: the groups of the query heads
 * @param keysAndValues whether a row holds keys and values, as an attention's output does not
 * @param headDim D
 */
public record HeadLayout(long queryHeads, long kvHeads, boolean keysAndValues, long headDim) {
  /** A local head that is none of the whole row's. */
  public static final int VIRTUAL = -1;

  public HeadLayout {
    if (queryHeads < 1 || kvHeads < 1 || queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "kvHeads=%d do not divide queryHeads=%d into equal groups"
              .formatted(kvHeads, queryHeads));
    }
  }

  /** Rows of {@code (H + 2K) D} elements: an attention's queries, keys and values. */
  public static HeadLayout queriesKeysValues(long heads, long kvHeads, long headDim) {
    return new HeadLayout(heads, kvHeads, true, headDim);
  }

  /** Rows of {@code H D} elements: an attention's output. */
  public static HeadLayout queries(long heads, long kvHeads, long headDim) {
    return new HeadLayout(heads, kvHeads, false, headDim);
  }

  /** All heads of a row. */
  public long heads() {
    return queryHeads + (keysAndValues ? 2 * kvHeads : 0);
  }

  /** The elements of a row. */
  public long width() {
    return Math.multiplyExact(heads(), headDim);
  }

  /**
   * The heads of each of P ranks: {@code ceil(H / P)} query heads, and as few key and value heads
   * as let all ranks attend with groups of one size. A group of the whole row may be cut into
   * several, each with the key and value head; the last of these, and the last ranks, may be padded
   * with virtual heads.
   *
   * @throws IllegalArgumentException when there are more ranks than query heads
   */
  public HeadLayout local(int ranks) {
    if (ranks < 1 || ranks > queryHeads) {
      throw new IllegalArgumentException(
          "%d query heads cannot be shared by %d ranks: valid is 1 to %d"
              .formatted(queryHeads, ranks, queryHeads));
    }
    long localQueries = Math.ceilDiv(queryHeads, ranks);
    long groupSize = Math.min(localQueries, queryHeads / kvHeads);
    while (localQueries != groupSize * Math.ceilDiv(kvHeads * groupParts(groupSize), ranks)) {
      groupSize--; // groups of one always do
    }
    return new HeadLayout(localQueries, localQueries / groupSize, keysAndValues, headDim);
  }

  /** For each head of the rank's local row, in order, which head of the whole row it is. */
  public int[] wholeHeads(int ranks, int rank) {
    HeadLayout local = local(ranks);
    int groups = (int) local.kvHeads;
    int groupSize = (int) (local.queryHeads / groups);
    int parts = (int) groupParts(groupSize);
    int[] whole = new int[Math.toIntExact(local.heads())];
    for (int i = 0; i < groups; i++) {
      int part = rank * groups + i;
      int group = part / parts;
      for (int query = 0; query < groupSize; query++) {
        whole[i * groupSize + query] = queryHead(group, part % parts * groupSize + query);
      }
      if (keysAndValues) {
        int key = groups * groupSize + i;
        whole[key] = group < kvHeads ? (int) queryHeads + group : VIRTUAL;
        whole[key + groups] = group < kvHeads ? whole[key] + (int) kvHeads : VIRTUAL;
      }
    }
    return whole;
  }

  private int queryHead(int group, int inGroup) {
    long wholeGroupSize = queryHeads / kvHeads;
    return group < kvHeads && inGroup < wholeGroupSize
        ? (int) (group * wholeGroupSize + inGroup)
        : VIRTUAL;
  }

  /** Into how many groups of at most a size a whole group is cut. */
  private long groupParts(long groupSize) {
    return Math.ceilDiv(queryHeads / kvHeads, groupSize);
  }
}
