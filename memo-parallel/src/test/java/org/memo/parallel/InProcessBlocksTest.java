package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.LostRankException;

/** Both halves of a group at once, each for itself: no half sees what the other exchanges. */
@Timeout(60)
class InProcessBlocksTest extends CollectivesContract {
  private static final Duration TIMEOUT = Duration.ofSeconds(50);

  @Override
  protected List<Integer> groupSizes() {
    return List.of(1, 2, 3);
  }

  @Override
  protected void onEveryRank(int ranks, Program program) {
    InProcessRanks.run(
        2 * ranks,
        TIMEOUT,
        collectives -> program.run(collectives.channel("test", ranks), collectives.rank() % ranks));
  }

  @Test
  void aRankThatIsLostIsNamedByItsNumberInTheWholeGroup() {
    LostRankException lost =
        assertThrows(
            LostRankException.class,
            () ->
                InProcessRanks.run(
                    4,
                    TIMEOUT,
                    collectives -> {
                      if (collectives.rank() != 3) {
                        MemorySegment values = MemorySegment.ofArray(new float[1]);
                        collectives.channel("test", 2).allReduce(values);
                      }
                    }));
    assertEquals(3, lost.rank());
    assertTrue(lost.getMessage().startsWith("rank 3 ended before"), lost.getMessage());
  }

  @Test
  void blocksMustDivideTheGroup() {
    InProcessCollectives first = InProcessCollectives.group(4, TIMEOUT).getFirst();
    assertThrows(IllegalArgumentException.class, () -> first.channel("test", 3));
    assertThrows(IllegalArgumentException.class, () -> first.channel("test", 0));
  }
}
