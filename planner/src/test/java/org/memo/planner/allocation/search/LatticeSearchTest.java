package org.memo.planner.allocation.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.HardProblems;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.trace.TensorLife;

class LatticeSearchTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void tinyProblemsFitIntoTheirOptimumAndNotIntoLess() {
    Random random = new Random(21);
    for (int round = 0; round < 3000; round++) {
      Problem problem = TinyProblems.random(random, 1 + random.nextInt(7));
      long optimum = TinyProblems.optimum(problem);
      assertPlaced(problem, optimum, round);
      assertPlaced(problem, optimum + random.nextInt(5), round);
      assertEquals(new Outcome.Refuted(), search(problem, optimum - 1, round), problem::toString);
    }
  }

  @Test
  void aFullSlabCutIntoManyBuffersIsPutTogetherAgain() {
    Random random = new Random(22);
    for (int round = 0; round < 10; round++) {
      Problem problem = HardProblems.guillotine(random, 60 + 20 * round, 10_000, 1024);
      assertPlaced(problem, 1024, round);
    }
  }

  @Test
  void sizesAndMomentsNearTheLimitsOfALongDoNotOverflow() {
    long half = Long.MAX_VALUE / 2;
    Problem problem =
        new Problem(
            List.of(
                new TensorLife("a", Long.MIN_VALUE, Long.MAX_VALUE, half),
                new TensorLife("b", 0, 1, half)),
            1);
    assertPlaced(problem, 2 * half, 0);
    assertPlaced(problem, Long.MAX_VALUE, 0);
    assertEquals(new Outcome.Refuted(), search(problem, 2 * half - 1, 0));
    for (int round = 0; round < 100; round++) {
      Problem huge = scaled(TinyProblems.random(new Random(round), 6), Long.MAX_VALUE / 60);
      long optimum = TinyProblems.optimum(huge);
      assertPlaced(huge, optimum, round);
      assertEquals(new Outcome.Refuted(), search(huge, optimum - 1, round), huge::toString);
    }
  }

  /** Sizes times a factor, less a little so that they have no common divisor. */
  private static Problem scaled(Problem problem, long factor) {
    List<TensorLife> buffers =
        IntStream.range(0, problem.size())
            .mapToObj(i -> {
              TensorLife life = problem.buffers().get(i);
              return new TensorLife(
                  life.name(), life.lower(), life.upper(), life.sizeBytes() * factor - i);
            })
            .toList();
    return new Problem(buffers, 1);
  }

  @Test
  void noBuffersFitIntoNothing() {
    Outcome outcome = search(new Problem(List.of(), 1), 0, 0);
    assertEquals(new Outcome.Placed(new Solution(List.of(), 0)), outcome);
  }

  @Test
  void anExpiredDeadlineEndsTheSearch() {
    Problem problem = HardProblems.guillotine(new Random(23), 200, 10_000, 1024);
    Deadline cancelled = Deadline.after(MINUTE);
    cancelled.cancel();
    assertEquals(new Outcome.GaveUp(), new LatticeSearch(0).search(problem, 1024, cancelled));
  }

  @Test
  void aProblemTooLargeIsGivenUpWithoutUsingTheTime() {
    List<TensorLife> buffers =
        IntStream.range(0, 12_000)
            .mapToObj(i -> new TensorLife("b", i, i + 6_000L, 2 + i % 7))
            .toList();
    Deadline deadline = Deadline.after(Duration.ofDays(1));
    Outcome outcome = new LatticeSearch(0).search(new Problem(buffers, 1), 1 << 20, deadline);
    assertEquals(new Outcome.GaveUp(), outcome);
  }

  private static void assertPlaced(Problem problem, long capacityBytes, long seed) {
    Outcome outcome = search(problem, capacityBytes, seed);
    Solution solution =
        assertInstanceOf(Outcome.Placed.class, outcome, problem::toString).solution();
    Validator.requireValid(problem, solution);
    assertTrue(solution.peakBytes() <= capacityBytes, problem::toString);
  }

  private static Outcome search(Problem problem, long capacityBytes, long seed) {
    return new LatticeSearch(seed).search(problem, capacityBytes, Deadline.after(MINUTE));
  }
}
