package org.memo.op;

/**
 * The heads of a token's row, side by side: query heads, then key heads, then value heads, D
 * elements each. Query heads share the key and value heads in equal, consecutive groups.
 *
 * @param keyHeads 0 where rows hold query heads only, as an attention's output does
 * @param valueHeads 0 likewise
 * @param headDim D
 */
public record HeadLayout(long queryHeads, long keyHeads, long valueHeads, long headDim) {
  public HeadLayout {
    requireGroups("keyHeads", keyHeads, queryHeads);
    requireGroups("valueHeads", valueHeads, queryHeads);
  }

  /** Rows of {@code (H + 2K) D} elements: an attention's queries, keys and values. */
  public static HeadLayout queriesKeysValues(long heads, long kvHeads, long headDim) {
    return new HeadLayout(heads, kvHeads, kvHeads, headDim);
  }

  /** Rows of {@code H D} elements: an attention's output. */
  public static HeadLayout queries(long heads, long headDim) {
    return new HeadLayout(heads, 0, 0, headDim);
  }

  /** All heads of a row. */
  public long heads() {
    return queryHeads + keyHeads + valueHeads;
  }

  /** The elements of a row. */
  public long width() {
    return Math.multiplyExact(heads(), headDim);
  }

  /**
   * The heads of each of P ranks, which share the query heads equally: H/P query heads, and as few
   * key and value heads as let all ranks attend with groups of one size. These are K/P where P
   * divides K and one where K divides P; otherwise a rank may hold a head more than once.
   *
   * @throws IllegalArgumentException when P does not divide H
   */
  public HeadLayout local(int ranks) {
    if (ranks < 1 || queryHeads % ranks != 0) {
      throw new IllegalArgumentException(
          "%d query heads cannot be shared by %d ranks: it must divide them"
              .formatted(queryHeads, ranks));
    }
    return new HeadLayout(
        queryHeads / ranks, localHeads(keyHeads, ranks), localHeads(valueHeads, ranks), headDim);
  }

  /** For each head of the rank's local row, in order, which head of the whole row it is. */
  public int[] wholeHeads(int ranks, int rank) {
    HeadLayout local = local(ranks);
    int[] whole = new int[Math.toIntExact(local.heads())];
    long firstQuery = rank * local.queryHeads;
    int next = 0;
    for (long i = 0; i < local.queryHeads; i++) {
      whole[next++] = (int) (firstQuery + i);
    }
    for (long i = 0; i < local.keyHeads; i++) {
      long query = firstQuery + i * (local.queryHeads / local.keyHeads);
      whole[next++] = (int) (queryHeads + headOf(query, keyHeads));
    }
    for (long i = 0; i < local.valueHeads; i++) {
      long query = firstQuery + i * (local.queryHeads / local.valueHeads);
      whole[next++] = (int) (queryHeads + keyHeads + headOf(query, valueHeads));
    }
    return whole;
  }

  /** The key or value head that a query head attends with. */
  private long headOf(long query, long heads) {
    return query / (queryHeads / heads);
  }

  private long localHeads(long heads, int ranks) {
    if (heads == 0) {
      return 0;
    }
    long localQueries = queryHeads / ranks;
    // groups of this size never reach over the border of a whole group or of a rank
    return localQueries / greatestCommonDivisor(localQueries, queryHeads / heads);
  }

  private static long greatestCommonDivisor(long a, long b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }

  private static void requireGroups(String name, long heads, long queryHeads) {
    if (queryHeads < 1 || heads < 0 || heads > 0 && queryHeads % heads != 0) {
      throw new IllegalArgumentException(
          "%s=%d do not divide queryHeads=%d into equal groups".formatted(name, heads, queryHeads));
    }
  }
}
