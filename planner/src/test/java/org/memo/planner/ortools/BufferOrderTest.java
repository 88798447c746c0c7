package org.memo.planner.ortools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Problem;

class BufferOrderTest {

  /** b0 long and thin, b1 and b2 big at the fullest moment, b3 middling and with b0 only. */
  private final Problem problem =
      RandomProblems.of(
          1,
          new long[] {0, 20, 1},
          new long[] {0, 2, 9},
          new long[] {1, 3, 10},
          new long[] {5, 9, 6});

  @Test
  void eachLetterSortsByItsCriterionTheGreatestFirst() {
    assertEquals(List.of(0, 2, 1, 3), sort(BufferOrder.TWA));
    assertEquals(List.of(0, 2, 1, 3), sort(BufferOrder.TOA));
    assertEquals(List.of(0, 2, 1, 3), sort(BufferOrder.TAW));
    assertEquals(List.of(0, 2, 1, 3), sort(BufferOrder.OZA));
    assertEquals(List.of(0, 3, 2, 1), sort(BufferOrder.WTA));
  }

  @Test
  void theFullestMomentComesBeforeTheLifetimeOrAfterItAsTheNameSays() {
    Problem twoMoments =
        RandomProblems.of(1, new long[] {0, 9, 5}, new long[] {9, 11, 6}, new long[] {10, 12, 6});
    List<int[]> sets = LiveSets.of(twoMoments);
    assertEquals(List.of(1, 2, 0), BufferOrder.TWA.sort(twoMoments, sets));
    assertEquals(List.of(0, 1, 2), BufferOrder.WTA.sort(twoMoments, sets));
  }

  @Test
  void equalsStayInTheirOrder() {
    Problem equal = RandomProblems.of(1, new long[] {0, 1, 5}, new long[] {0, 1, 5});
    for (BufferOrder order : BufferOrder.values()) {
      assertEquals(List.of(0, 1), order.sort(equal, LiveSets.of(equal)));
    }
  }

  private List<Integer> sort(BufferOrder order) {
    return order.sort(problem, LiveSets.of(problem));
  }
}
