package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Which heads a rank attends with. */
class HeadLayoutTest {
  private static final HeadLayout SIX_AND_TWO = HeadLayout.queriesKeysValues(6, 2, 16);

  @Test
  void aRowHoldsQueriesThenKeysThenValues() {
    assertEquals(10, SIX_AND_TWO.heads());
    assertEquals(160, SIX_AND_TWO.width());
    assertEquals(96, HeadLayout.queries(6, 2, 16).width());
    assertEquals(SIX_AND_TWO, SIX_AND_TWO.local(1));
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, SIX_AND_TWO.wholeHeads(1, 0));
  }

  @Test
  void ranksShareKeyAndValueHeadsWhereThereAreEnough() {
    assertEquals(HeadLayout.queriesKeysValues(3, 1, 16), SIX_AND_TWO.local(2));
    assertArrayEquals(new int[] {0, 1, 2, 6, 8}, SIX_AND_TWO.wholeHeads(2, 0));
    assertArrayEquals(new int[] {3, 4, 5, 7, 9}, SIX_AND_TWO.wholeHeads(2, 1));
    assertEquals(
        HeadLayout.queriesKeysValues(8, 2, 128), HeadLayout.queriesKeysValues(32, 8, 128).local(4));
  }

  @Test
  void moreRanksThanKeyHeadsHaveOneEach() {
    assertEquals(HeadLayout.queriesKeysValues(1, 1, 16), SIX_AND_TWO.local(6));
    assertArrayEquals(new int[] {2, 6, 8}, SIX_AND_TWO.wholeHeads(6, 2));
    assertArrayEquals(new int[] {3, 7, 9}, SIX_AND_TWO.wholeHeads(6, 3));
  }

  @Test
  void aRankWhoseQueriesReachOverAGroupsBorderHasAKeyHeadForEach() {
    assertEquals(HeadLayout.queriesKeysValues(2, 2, 16), SIX_AND_TWO.local(3));
    assertArrayEquals(new int[] {0, 1, 6, 6, 8, 8}, SIX_AND_TWO.wholeHeads(3, 0));
    assertArrayEquals(new int[] {2, 3, 6, 7, 8, 9}, SIX_AND_TWO.wholeHeads(3, 1));
    assertArrayEquals(new int[] {4, 5, 7, 7, 9, 9}, SIX_AND_TWO.wholeHeads(3, 2));
  }

  @Test
  void headsAreVirtualWhereTheRanksDoNotDivideThem() {
    HeadLayout five = HeadLayout.queriesKeysValues(5, 5, 16);
    assertEquals(HeadLayout.queriesKeysValues(2, 2, 16), five.local(4));
    assertArrayEquals(new int[] {2, 3, 7, 8, 12, 13}, five.wholeHeads(4, 1));
    assertArrayEquals(new int[] {4, -1, 9, -1, 14, -1}, five.wholeHeads(4, 2));
    assertArrayEquals(new int[] {-1, -1, -1, -1, -1, -1}, five.wholeHeads(4, 3));
  }

  /** 28 query heads in 4 groups, as of Qwen2-7B: 8 ranks take half a group, or 3 + 1, each. */
  @Test
  void aGroupIsPaddedRatherThanItsKeyHeadHeldAgain() {
    assertEquals(HeadLayout.queriesKeysValues(2, 1, 16), SIX_AND_TWO.local(4));
    assertArrayEquals(new int[] {2, -1, 6, 8}, SIX_AND_TWO.wholeHeads(4, 1));
    assertArrayEquals(new int[] {3, 4, 7, 9}, SIX_AND_TWO.wholeHeads(4, 2));
    assertArrayEquals(new int[] {5, -1}, HeadLayout.queries(6, 2, 16).wholeHeads(4, 3));
    assertArrayEquals(new int[] {-1, -1, -1, -1}, SIX_AND_TWO.wholeHeads(5, 4));
    assertEquals(
        HeadLayout.queriesKeysValues(4, 1, 128), HeadLayout.queriesKeysValues(28, 4, 128).local(8));
  }

  @Test
  void everyQueryIsOnOneRankAndAttendsWithItsOwnKeyHead() {
    for (int heads = 1; heads <= 28; heads++) {
      for (int kvHeads = 1; kvHeads <= heads; kvHeads++) {
        for (int ranks = 1; ranks <= heads && heads % kvHeads == 0; ranks++) {
          assertQueriesMeetTheirKeys(HeadLayout.queriesKeysValues(heads, kvHeads, 8), ranks);
        }
      }
    }
  }

  @Test
  void headsThatCannotBeSharedAreRefused() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> SIX_AND_TWO.local(7)).getMessage();
    assertEquals("6 query heads cannot be shared by 7 ranks: valid is 1 to 6", message);
    assertThrows(IllegalArgumentException.class, () -> SIX_AND_TWO.local(0));
    assertThrows(IllegalArgumentException.class, () -> HeadLayout.queriesKeysValues(6, 4, 16));
  }

  private static void assertQueriesMeetTheirKeys(HeadLayout layout, int ranks) {
    HeadLayout local = layout.local(ranks);
    assertEquals(Math.ceilDiv(layout.queryHeads(), ranks), local.queryHeads());
    HeadLayout queriesOnly =
        HeadLayout.queries(layout.queryHeads(), layout.kvHeads(), layout.headDim());
    BitSet seen = new BitSet();
    for (int rank = 0; rank < ranks; rank++) {
      int[] whole = layout.wholeHeads(ranks, rank);
      int[] queries = queriesOnly.wholeHeads(ranks, rank);
      assertEquals(local.queryHeads(), queries.length);
      for (int query = 0; query < queries.length; query++) {
        assertEquals(queries[query], whole[query]);
        if (queries[query] != HeadLayout.VIRTUAL) {
          assertTrue(!seen.get(queries[query]), "a query head is on two ranks");
          seen.set(queries[query]);
          assertKeyAndValue(layout, local, whole, query);
        }
      }
    }
    assertEquals(layout.queryHeads(), seen.cardinality());
  }

  private static void assertKeyAndValue(
      HeadLayout layout, HeadLayout local, int[] whole, int query) {
    int key = (int) (local.queryHeads() + query / (local.queryHeads() / local.kvHeads()));
    int value = (int) (key + local.kvHeads());
    long group = whole[query] / (layout.queryHeads() / layout.kvHeads());
    assertEquals(layout.queryHeads() + group, whole[key]);
    assertEquals(layout.queryHeads() + layout.kvHeads() + group, whole[value]);
  }
}
