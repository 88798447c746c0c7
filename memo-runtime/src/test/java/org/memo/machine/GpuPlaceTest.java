package org.memo.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.UserInputException;

class GpuPlaceTest {
  @Test
  void eachRankHasTheGpuOfItsNumber() {
    assertEquals(new GpuPlace(3, 1), GpuPlace.of(3, 4, 4, false));
    assertEquals(new GpuPlace(3, 1), GpuPlace.of(3, 4, 8, true));
  }

  @Test
  void aProcessThatSeesOneGpuHasThat() {
    assertEquals(new GpuPlace(0, 1), GpuPlace.of(3, 4, 1, false));
  }

  @Test
  void ranksShareGpusOnlyWhereNcclLetsThem() {
    assertEquals(new GpuPlace(1, 3), GpuPlace.of(3, 5, 2, true));
    UserInputException e =
        assertThrows(UserInputException.class, () -> GpuPlace.of(3, 5, 2, false));
    assertTrue(e.getMessage().startsWith("this machine has 2 GPUs for its 5 ranks"));
  }
}
