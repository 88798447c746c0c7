package org.memo.planner.ortools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.search.Deadline;
import org.memo.planner.allocation.search.Outcome;

class CliqueModelTest {

  @ParameterizedTest
  @EnumSource(BufferOrder.class)
  void theLowestCapacityThatIsPlacedIsTheOptimumAndBelowItIsRefuted(BufferOrder order) {
    Random random = new Random(31);
    for (int round = 0; round < 15; round++) {
      Problem problem = RandomProblems.crowded(random, 2 + random.nextInt(5));
      long optimum = Oracle.optimalPeakBytes(problem);
      assertPlaced(order, problem, optimum);
      assertEquals(new Outcome.Refuted(), search(order, problem, optimum - 1));
    }
  }

  @Test
  void aPublishedHardProblemIsPlacedAtItsLowerBound() throws Exception {
    Problem problem = RandomProblems.hard();
    assertPlaced(BufferOrder.TWA, problem, LowerBound.of(problem));
  }

  @Test
  void awkwardProblemsArePlacedAtTheirOptimum() {
    long huge = Long.MAX_VALUE / 4;
    long day = 1_000_000_000_000L;
    List<Problem> awkward =
        List.of(
            RandomProblems.of(1),
            RandomProblems.of(64, new long[] {3, 4, 100}),
            RandomProblems.of(1, new long[] {0, 1, huge}, new long[] {0, 1, huge}),
            RandomProblems.of(
                64, new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 1}, new long[] {-5, 5, 63}),
            RandomProblems.of(1, new long[] {day, 3 * day, 7}, new long[] {2 * day, 4 * day, 5}),
            RandomProblems.of(1, new long[] {0, 9, 4}, new long[] {0, 9, 4}, new long[] {0, 9, 4}));
    for (Problem problem : awkward) {
      assertPlaced(BufferOrder.TWA, problem, Oracle.optimalPeakBytes(problem));
    }
  }

  @Test
  void numbersTooLargeForTheSolverAreGivenUp() {
    long huge = Long.MAX_VALUE / 4;
    Problem coprime = RandomProblems.of(1, new long[] {0, 1, huge}, new long[] {0, 1, huge - 1});
    assertEquals(new Outcome.GaveUp(), search(BufferOrder.TWA, coprime, 2 * huge));
  }

  @Test
  void aCapacityBelowWhatIsAliveAtOnceIsRefutedWhateverTheSize() {
    Problem problem = RandomProblems.stairs(5000, 1000);
    long belowBytes = LowerBound.of(problem) - 1;
    assertEquals(new Outcome.Refuted(), search(BufferOrder.TOA, problem, belowBytes));
  }

  @Test
  void whatIsTooLargeOrHasNoTimeIsGivenUp() {
    Problem large = RandomProblems.stairs(5000, 1000);
    assertEquals(new Outcome.GaveUp(), search(BufferOrder.TWA, large, 2 * LowerBound.of(large)));
    Problem small = RandomProblems.stairs(5, 2);
    Outcome outOfTime =
        new CliqueModel(BufferOrder.TWA).search(small, 100, Deadline.after(Duration.ZERO));
    assertEquals(new Outcome.GaveUp(), outOfTime);
  }

  @Test
  void aSearchEndsSoonAfterItsDeadlineOrCancellation() throws Exception {
    Problem problem = RandomProblems.hard();
    // With this order it would search for minutes.
    CliqueModel search = new CliqueModel(BufferOrder.WTA);
    long start = System.nanoTime();
    Outcome late =
        search.search(problem, LowerBound.of(problem), Deadline.after(Duration.ofMillis(200)));
    assertEquals(new Outcome.GaveUp(), late);

    Deadline distant = Deadline.after(Duration.ofMinutes(10));
    Thread canceller = Thread.ofVirtual().start(() -> cancelSoon(distant));
    assertEquals(new Outcome.GaveUp(), search.search(problem, LowerBound.of(problem), distant));
    canceller.join();
    assertTrue(Duration.ofNanos(System.nanoTime() - start).toMinutes() < 5);
  }

  private static void cancelSoon(Deadline deadline) {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    deadline.cancel();
  }

  private static Outcome search(BufferOrder order, Problem problem, long capacityBytes) {
    Deadline deadline = Deadline.after(Duration.ofSeconds(60));
    return new CliqueModel(order).search(problem, capacityBytes, deadline);
  }

  private static void assertPlaced(BufferOrder order, Problem problem, long capacityBytes) {
    Outcome outcome = search(order, problem, capacityBytes);
    var placed = assertInstanceOf(Outcome.Placed.class, outcome, problem::toString);
    Validator.requireValid(problem, placed.solution());
    assertTrue(placed.solution().peakBytes() <= capacityBytes);
  }
}
