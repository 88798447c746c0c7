package org.memo.parallel.nccl;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.UserInputException;

class RankGpusTest {
  @Test
  void gpusOfTwoMachinesDifferWhereverTheySit() {
    assertDoesNotThrow(() -> RankGpus.requireOneEach(List.of("a 0000:3b:00.0", "b 0000:3b:00.0")));
  }

  @Test
  void twoRanksOfOneGpuAreNamed() {
    List<String> gpus = List.of("a 0000:1b:00.0", "a 0000:3b:00.0", "a 0000:3b:00.0");
    UserInputException e =
        assertThrows(UserInputException.class, () -> RankGpus.requireOneEach(gpus));
    assertTrue(
        e.getMessage().startsWith("ranks 1 and 2 have the same GPU, 0000:3b:00.0; valid is"),
        e.getMessage());
  }
}
