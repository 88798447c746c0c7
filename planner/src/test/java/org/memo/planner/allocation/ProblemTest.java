package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.trace.TensorLife;

class ProblemTest {

  @Test
  void sizesThatAddUpToMoreThanALongAreRefused() {
    assertRefused(
        "b1", () -> Problems.of(1, new long[] {0, 1, Long.MAX_VALUE}, new long[] {5, 6, 1}));
    assertRefused("b0", () -> Problems.of(128, new long[] {0, 1, Long.MAX_VALUE}));
    assertEquals(1, Problems.of(1, new long[] {0, 1, Long.MAX_VALUE}).size());
  }

  @Test
  void alignmentIsAtLeastOne() {
    assertRefused("alignment is 0", () -> Problems.of(0));
    assertRefused("alignment is -8", () -> Problems.of(-8));
  }

  @Test
  void lifespansAndSizesOfTensorsArePositive() {
    assertRefused("[3, 3)", () -> new TensorLife("x", 3, 3, 1));
    assertRefused("[4, 3)", () -> new TensorLife("x", 4, 3, 1));
    assertRefused("size 0", () -> new TensorLife("x", 3, 4, 0));
  }

  @Test
  void roomsAreWholeMultiplesOfTheAlignment() {
    Problem problem = Problems.of(64, new long[] {0, 1, 1}, new long[] {0, 1, 64});
    assertEquals(64, problem.roomBytes(0));
    assertEquals(64, problem.roomBytes(1));
    assertEquals(
        List.of(new TensorLife("b0", 0, 1, 64), new TensorLife("b1", 0, 1, 64)),
        problem.withWholeRooms().buffers());
  }

  @Test
  void theBoundIsTheMostThatIsAliveTogether() {
    assertEquals(0, LowerBound.of(Problems.of(1)));
    assertEquals(
        13,
        LowerBound.of(
            Problems.of(1, new long[] {0, 5, 4}, new long[] {5, 9, 8}, new long[] {3, 8, 5})));
  }

  @Test
  void theBoundCountsPaddingBelowTheTopmostBuffer() {
    // One of the two starts at 64 at least, wherever the other is.
    Problem problem = Problems.of(64, new long[] {0, 2, 10}, new long[] {1, 3, 10});
    assertEquals(74, LowerBound.of(problem));
    SolverTest.assertOptimal(PortfolioSolver.standard(), problem);
  }

  @Test
  void theBoundAgreesWithCountingAtEveryMoment() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      Problem problem = Problems.random(random, 30, 25, 100).withWholeRooms();
      long most = 0;
      for (int now = 0; now < 50; now++) {
        long moment = now;
        long live =
            problem.buffers().stream()
                .filter(b -> b.lower() <= moment && moment < b.upper())
                .mapToLong(TensorLife::sizeBytes)
                .sum();
        most = Math.max(most, live);
      }
      assertEquals(most, LowerBound.of(problem));
    }
  }

  private static void assertRefused(String expectedText, Runnable call) {
    Exception e = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(e.getMessage().contains(expectedText), e.getMessage());
  }
}
