package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BordersTest {

  @Test
  void oneTensorHasOnePlaceAndNoneHasNone() {
    assertEquals(List.of(Borders.NONE), Borders.arrangements(0));
    assertEquals(List.of(new Borders(List.of(0), List.of())), Borders.arrangements(1));
  }

  @Test
  void twoTensorsShareAnEdgeOrTakeOneEach() {
    assertEquals(
        List.of(
            new Borders(List.of(0, 1), List.of()),
            new Borders(List.of(0), List.of(1)),
            new Borders(List.of(1, 0), List.of()),
            new Borders(List.of(1), List.of(0))),
        Borders.arrangements(2));
  }

  @Test
  void everyArrangementHoldsEachTensorOnce() {
    for (int count = 0; count < 6; count++) {
      List<Borders> arrangements = Borders.arrangements(count);
      assertEquals(arrangements.size(), new HashSet<>(arrangements).size());
      for (Borders borders : arrangements) {
        List<Integer> all =
            Stream.concat(borders.rising().stream(), borders.sinking().stream()).sorted().toList();
        assertEquals(Stream.iterate(0, i -> i + 1).limit(count).toList(), all);
      }
    }
  }
}
