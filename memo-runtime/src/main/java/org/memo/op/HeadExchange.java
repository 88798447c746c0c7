package org.memo.op;

import java.util.Arrays;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * What ranks exchange around attention (Ulysses): rows of all heads for the tokens of one rank
 * against rows of one rank's heads for all tokens.
 *
 * <p>The heads may go in several groups, one exchange for each, so that attention over a group
 * hides the exchange of the next and its memory is a group's. Groups are of whole key and value
 * heads.
 *
 * @param layout of the rows of all heads
 * @param tokens T, of all ranks; a multiple of P
 * @param type of the rows' elements
 * @param ranks P: consecutive ranks that exchange
 * @param group which of the groups this exchange is of
 * @param groups that the heads of each rank are cut into
 */
public record HeadExchange(
    HeadLayout layout, long tokens, ElementType type, int ranks, int group, int groups) {
  public HeadExchange {
    Shapes.requireRanks(ranks);
    if (tokens % ranks != 0) {
      throw new IllegalArgumentException(
          "tokens=%d is no multiple of ranks=%d".formatted(tokens, ranks));
    }
    if (group < 0 || group >= groups || mostGroups(layout, ranks) % groups != 0) {
      throw new IllegalArgumentException(
          "group=%d of groups=%d: groups must divide %d"
              .formatted(group, groups, mostGroups(layout, ranks)));
    }
  }

  /** Of all heads at once. */
  public HeadExchange(HeadLayout layout, long tokens, ElementType type, int ranks) {
    this(layout, tokens, type, ranks, 0, 1);
  }

  /**
   * Into how many groups the heads of a rank can be cut: its key heads, or one where a key head is
   * given to several ranks, whose gradients have to be summed at once.
   */
  public static int mostGroups(HeadLayout layout, int ranks) {
    HeadLayout local = layout.local(ranks);
    boolean wholeGroups =
        local.queryHeads() / local.kvHeads() == layout.queryHeads() / layout.kvHeads();
    return wholeGroups ? Math.toIntExact(local.kvHeads()) : 1;
  }

  /** The heads of a rank's row: of the group. */
  public HeadLayout localLayout() {
    HeadLayout local = layout.local(ranks);
    return new HeadLayout(
        local.queryHeads() / groups,
        local.kvHeads() / groups,
        layout.keysAndValues(),
        layout.headDim());
  }

  /**
   * For each head of a rank's row, in order, which head of the row of all heads it is, or {@link
   * HeadLayout#VIRTUAL}.
   */
  public int[] wholeHeads(int rank) {
    int[] all = layout.wholeHeads(ranks, rank);
    HeadLayout local = layout.local(ranks);
    HeadLayout mine = localLayout();
    int queries = (int) mine.queryHeads();
    int keys = (int) mine.kvHeads();
    int[] whole = Arrays.copyOfRange(all, group * queries, (group + 1) * queries);
    if (!layout.keysAndValues()) {
      return whole;
    }
    whole = Arrays.copyOf(whole, queries + 2 * keys);
    int firstKey = (int) local.queryHeads() + group * keys;
    System.arraycopy(all, firstKey, whole, queries, keys);
    System.arraycopy(all, firstKey + (int) local.kvHeads(), whole, queries + keys, keys);
    return whole;
  }

  /** The tokens of one rank. */
  public long tokensOfRank() {
    return tokens / ranks;
  }

  /** Checks the rows by tokens, {@code [T/P, heads]}, and by heads, {@code [T, local heads]}. */
  void require(String tokensName, MemoryRegion ofTokens, String headsName, MemoryRegion ofHeads) {
    Shapes.requireDisjoint(ofTokens, ofHeads);
    Shapes.require(tokensName, ofTokens, type, tokensOfRank(), layout.width());
    Shapes.require(headsName, ofHeads, type, tokens, localLayout().width());
  }
}
