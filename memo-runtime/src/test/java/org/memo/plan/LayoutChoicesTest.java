package org.memo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.UserInputException;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

class LayoutChoicesTest {
  private static final int NODE = 8;

  /** Heads, GPUs; then the places of the rings to choose from. */
  @ParameterizedTest
  @CsvSource({
    "32, 1, 1",
    "32, 8, 1",
    "32, 32, 1 4",
    "32, 64, 2 8",
    "32, 1024, 32 128",
    "32, 8192, 256 1024",
    "40, 16, 1 2", // 48 heads, or a ring
    "6, 4, 2",
    "6, 7, 7",
    "64, 64, 1 8",
  })
  void allGpusShareASequenceInPlacesThatTheHeadsAllow(long heads, int gpus, String places) {
    List<ParallelLayout> layouts = choices(heads, gpus).of(none(), none(), none());
    assertEquals(
        List.of(places.split(" ")),
        layouts.stream().map(layout -> String.valueOf(layout.ring())).toList());
    for (ParallelLayout layout : layouts) {
      assertEquals(gpus, layout.sequenceParallel());
      assertEquals(1, layout.dataParallel());
      assertTrue(layout.ulysses() <= heads);
    }
  }

  /** Key heads, GPUs; the ranks of a place. */
  @ParameterizedTest
  @CsvSource({"8, 64, 2", "32, 64, 8", "8, 1024, 2", "2, 64, 1", "6, 64, 1"})
  void theRoomiestLayoutHasSeveralGroupsOfKeyHeadsOnEachRank(long kvHeads, int gpus, int ulysses) {
    ParallelLayout roomiest = choices(64, gpus).roomiest(kvHeads, gpus, 1);
    assertEquals(ulysses, roomiest.ulysses());
    assertEquals(gpus, roomiest.sequenceParallel());
  }

  @Test
  void whatIsGivenIsTaken() {
    ParallelLayout given =
        choices(32, 64).of(OptionalInt.of(16), none(), OptionalInt.of(4)).getFirst();
    assertEquals(new ParallelLayout(16, 4, 4, ShardLevel.PARAMETERS), given);
    ParallelLayout groups = choices(32, 64).of(none(), OptionalInt.of(8), none()).getFirst();
    assertEquals(new ParallelLayout(8, 1, 8, ShardLevel.PARAMETERS), groups);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "3 #   #    # --sequence-parallel is 3; valid is a divisor of the 64 GPUs",
        "  # 5 #    # --data-parallel is 5; valid is a divisor of the 64 GPUs",
        "  # 0 #    # --data-parallel is 0; valid is a divisor of the 64 GPUs",
        "8 # 4 #    # --data-parallel is 4; valid is 8, as 8 of the 64 GPUs share a sequence",
        "  #   # 3  # --ring is 3; valid is auto or a divisor of the 64 GPUs",
        "  #   # 1  # at least 2: the GPUs of a place share 32 query heads",
      })
  void whatContradictsIsRefused(
      @Nullable Integer sequenceParallel,
      @Nullable Integer dataParallel,
      @Nullable Integer ring,
      String message) {
    UserInputException refused =
        assertThrows(
            UserInputException.class,
            () ->
                choices(32, 64)
                    .of(optional(sequenceParallel), optional(dataParallel), optional(ring)));
    assertTrue(refused.getMessage().contains(message), refused::getMessage);
  }

  private static OptionalInt optional(@Nullable Integer given) {
    return given == null ? none() : OptionalInt.of(given);
  }

  private static OptionalInt none() {
    return OptionalInt.empty();
  }

  private static LayoutChoices choices(long heads, int gpus) {
    return new LayoutChoices(heads, gpus, Math.min(gpus, NODE), ShardLevel.PARAMETERS);
  }
}
