package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.UserInputException;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

class ParallelOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 8, 1",
    "8, 8, 8, 1",
    "8, 8, 4, 2",
    "8, 8, 3, 4", // 2 of a place's ranks share 3 heads; no other divisor of 8 leaves 3 at most
    "6, 6, 2, 3",
    "7, 7, 4, 7",
  })
  void theRingHasTheFewestPlacesThatLeaveEachRankAHead(
      int ranks, int sharing, int heads, int ring) {
    ParallelLayout layout = options(sharing, "", "").layout(ranks, heads);
    assertEquals(new ParallelLayout(sharing, ring, ranks / sharing, ShardLevel.NONE), layout);
  }

  @Test
  void groupsAreAsManyAsTheRanksMake() {
    assertEquals(3, options(4, "", "").layout(12, 8).dataParallel());
    assertEquals(2, options(4, "2", "2").layout(8, 8).ring());
    assertEquals(4, options(4, "", "").ranksOfOneProcess());
    assertEquals(12, options(4, "", "3").ranksOfOneProcess());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "3 # # # 4 # --sequence-parallel is 3; valid is a divisor of the 4 ranks",
        "2 # # 3 # 4 # --data-parallel is 3; valid is auto or 2: there are 4 ranks, of which"
            + " --sequence-parallel takes 2",
        "4 # 1 # # 4 # --ring is 1; valid is auto or 2 and more: 4 ranks share a sequence, and 2"
            + " query heads",
        "4 # 3 # # 4 # --ring is 3; valid is auto or a divisor of the 4 ranks of"
            + " --sequence-parallel",
      })
  void whatTheRanksCannotBeIsSaidWithWhatTheyCan(
      int sharing, String ring, String groups, int ranks, String message) {
    UserInputException refused =
        assertThrows(
            UserInputException.class, () -> options(sharing, ring, groups).layout(ranks, 2));
    assertEquals(message, refused.getMessage());
  }

  private static ParallelOptions options(int sharing, String ring, String groups) {
    return new ParallelOptions(
        sharing, given(ring), given(groups), ShardLevel.NONE, Duration.ofMinutes(5));
  }

  private static OptionalInt given(String text) {
    return text == null || text.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(text));
  }
}
