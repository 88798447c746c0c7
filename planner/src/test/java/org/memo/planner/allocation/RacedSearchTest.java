package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of search comes to the same verdict. */
class RacedSearchTest {

  private static final Limits LIMITS = new Limits(Duration.ofSeconds(20), 2);

  /** The heuristics need 27 bytes, and 24 are enough. */
  private static final Problem HARD =
      Problems.of(
          1,
          new long[][] {
            {5, 6, 1},
            {2, 3, 7},
            {8, 10, 5},
            {5, 9, 5},
            {5, 8, 9},
            {7, 9, 8},
            {8, 12, 5},
            {8, 11, 1}
          });

  /**
   * No more than 17 bytes are alive at once, but with offsets that are multiples of 4 it takes 18.
   */
  private static final Problem ABOVE_THE_BOUND =
      Problems.of(4, new long[][] {{5, 6, 7}, {7, 11, 1}, {3, 8, 2}, {4, 5, 2}, {5, 10, 7}});

  @ParameterizedTest
  @EnumSource
  void whatHeuristicsMissIsFound(RacedSearch search) {
    Placement placement = search.minimise(HARD, LIMITS);
    assertEquals(24, placement.solution().peakBytes());
    assertTrue(placement.optimal());
    assertInstanceOf(CapacityAnswer.Placed.class, search.fit(HARD, 24, LIMITS));
  }

  @ParameterizedTest
  @EnumSource
  void whatCannotBePlacedIsProvedNotTo(RacedSearch search) {
    assertEquals(17, LowerBound.of(ABOVE_THE_BOUND));
    Placement placement = search.minimise(ABOVE_THE_BOUND, LIMITS);
    assertEquals(18, placement.solution().peakBytes());
    assertEquals(18, placement.lowerBoundBytes());
    assertTrue(placement.optimal());
    assertInstanceOf(CapacityAnswer.Infeasible.class, search.fit(ABOVE_THE_BOUND, 17, LIMITS));
    assertInstanceOf(CapacityAnswer.Infeasible.class, search.fit(ABOVE_THE_BOUND, 16, LIMITS));
    assertInstanceOf(CapacityAnswer.Placed.class, search.fit(ABOVE_THE_BOUND, 18, LIMITS));
  }

  @Test
  void allSearchesAgreeOnRandomProblems() {
    Random random = new Random(8);
    for (int round = 0; round < 40; round++) {
      Problem problem = Problems.random(random, 4 + random.nextInt(12), 12, 12);
      Placement planned = AllocationPlanner.minimise(problem, LIMITS);
      assertTrue(planned.optimal());
      long optimumBytes = planned.solution().peakBytes();
      for (RacedSearch search : RacedSearch.values()) {
        Placement placement = search.minimise(problem, LIMITS);
        assertEquals(optimumBytes, placement.solution().peakBytes());
        assertEquals(optimumBytes, placement.lowerBoundBytes());
        assertEquals(Optional.empty(), Validator.check(problem, placement.solution()));
        assertInstanceOf(
            CapacityAnswer.Infeasible.class, search.fit(problem, optimumBytes - 1, LIMITS));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutTimeTheHeuristicsAnswer(RacedSearch search) {
    Limits none = new Limits(Duration.ZERO, 1);
    Placement placement = search.minimise(HARD, none);
    assertEquals(Optional.empty(), Validator.check(HARD, placement.solution()));
    assertInstanceOf(CapacityAnswer.Unknown.class, search.fit(HARD, 24, none));
  }
}
