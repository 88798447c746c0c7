package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Which heads a rank attends with. */
class HeadLayoutTest {
  private static final HeadLayout SIX_AND_TWO = HeadLayout.queriesKeysValues(6, 2, 16);

  @Test
  void aRowHoldsQueriesThenKeysThenValues() {
    assertEquals(10, SIX_AND_TWO.heads());
    assertEquals(160, SIX_AND_TWO.width());
    assertEquals(96, HeadLayout.queries(6, 16).width());
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
  void everyLocalQueryAttendsWithItsOwnKeyHead() {
    for (int kvHeads = 1; kvHeads <= 24; kvHeads++) {
      for (int ranks = 1; ranks <= 24; ranks++) {
        if (24 % kvHeads == 0 && 24 % ranks == 0) {
          assertQueriesMeetTheirKeys(HeadLayout.queriesKeysValues(24, kvHeads, 8), ranks);
        }
      }
    }
  }

  @Test
  void headsThatCannotBeSharedAreRefused() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> SIX_AND_TWO.local(4)).getMessage();
    assertTrue(message.contains("6 query heads cannot be shared by 4 ranks"), message);
    assertThrows(IllegalArgumentException.class, () -> HeadLayout.queriesKeysValues(6, 4, 16));
  }

  private static void assertQueriesMeetTheirKeys(HeadLayout layout, int ranks) {
    HeadLayout local = layout.local(ranks);
    for (int rank = 0; rank < ranks; rank++) {
      int[] whole = layout.wholeHeads(ranks, rank);
      for (int query = 0; query < local.queryHeads(); query++) {
        int key = (int) (local.queryHeads() + query / (local.queryHeads() / local.keyHeads()));
        int value = (int) (key + local.keyHeads());
        long group = whole[query] / (layout.queryHeads() / layout.keyHeads());
        assertEquals(layout.queryHeads() + group, whole[key]);
        assertEquals(layout.queryHeads() + layout.keyHeads() + group, whole[value]);
      }
    }
  }
}
