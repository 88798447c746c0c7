package org.memo.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memo.collective.Collectives;

class RankAgreementTest {
  private static final int MOST_EXCHANGED_BYTES = 1 << 20;

  @Test
  void aListOfVeryManyFilesIsComparedToItsEndAndTakesOneExchange() {
    String files = "数据: 4096 bytes, sample 0123456789abcdef\n".repeat(50_000);
    String told = RankAgreement.bounded(files);
    assertTrue(told.getBytes(UTF_8).length <= MOST_EXCHANGED_BYTES);
    assertEquals(told, RankAgreement.bounded(files));
    assertNotEquals(told, RankAgreement.bounded(files + "one more"));
  }

  @Test
  void whatIsShortIsToldAsItIs() {
    assertEquals("a\nb", RankAgreement.bounded("a\nb"));
  }

  @Test
  void whatIsAlikeIsComparedInAFewBytes() {
    List<Integer> sizes = new ArrayList<>();
    String model = "a tensor\n".repeat(1000);
    Collectives two =
        new ScriptedRanks(
            2,
            (what, mine) -> {
              sizes.add(mine.length);
              return List.of(mine, mine);
            });
    new RankAgreement(two).requireAlike(Map.of("model", model));
    assertEquals(1, sizes.size());
    assertTrue(sizes.getFirst() < 100, sizes.toString());
  }
}
