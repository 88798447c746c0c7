package org.memo.planner.ortools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.AllocationPlanner;
import org.memo.planner.allocation.GreedySolver;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.GreedySolver.Order;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.PortfolioSolver;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.RacedSearch;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.search.Deadline;

/** The paper's program and CP-SAT's minimisation against all orders tried, and each other. */
class MinimisingSolversTest {

  private final BigMSolver bigM = new BigMSolver(Duration.ofSeconds(60));

  @Test
  void thePapersProgramFindsAndProvesTheOptimum() {
    Random random = new Random(41);
    int aboveBound = 0;
    for (int round = 0; round < 60; round++) {
      Problem problem = RandomProblems.crowded(random, 2 + random.nextInt(6));
      long optimum = Oracle.optimalPeakBytes(problem);
      assertOptimal(problem, optimum, bigM.minimise(problem));
      aboveBound += optimum > LowerBound.of(problem) ? 1 : 0;
    }
    assertTrue(aboveBound > 3, "too few problems have an optimum above the lower bound");
  }

  @Test
  void otherSolversAgreeWithThePapersProgram() {
    Random random = new Random(42);
    for (int round = 0; round < 25; round++) {
      Problem problem = RandomProblems.crowded(random, 9);
      long optimum = bigM.solve(problem).peakBytes();
      assertOptimal(problem, optimum, minimise(problem, Duration.ofSeconds(60)).orElseThrow());
      Limits limits = new Limits(Duration.ofSeconds(60), 2);
      assertOptimal(problem, optimum, AllocationPlanner.minimise(problem, limits));
      for (RacedSearch search : RacedSearch.values()) {
        assertOptimal(problem, optimum, search.minimise(problem, limits));
      }
      assertTrue(PortfolioSolver.standard().solve(problem).peakBytes() >= optimum);
    }
  }

  @Test
  void sizesTooFineForFloatingPointAreSolvedValidly() {
    Random random = new Random(43);
    for (int round = 0; round < 20; round++) {
      long[][] rows = new long[10][];
      for (int i = 0; i < rows.length; i++) {
        long lower = random.nextInt(8);
        rows[i] = new long[] {lower, lower + 3, random.nextLong(1L << 36) | 1};
      }
      Problem problem = RandomProblems.of(1, rows);
      Placement placement = bigM.minimise(problem);
      Validator.requireValid(problem, placement.solution());
      assertTrue(placement.solution().peakBytes() <= greedy(problem).peakBytes());
      assertTrue(
          placement.lowerBoundBytes()
              <= minimise(problem, Duration.ofSeconds(60)).orElseThrow().solution().peakBytes());
    }
  }

  @Test
  void numbersTooLargeForTheSolversLeaveTheStart() {
    long huge = Long.MAX_VALUE / 4;
    Problem problem =
        RandomProblems.of(
            1,
            new long[] {0, 2, 3},
            new long[] {1, 4, huge},
            new long[] {3, 5, huge - 1},
            new long[] {4, 6, huge / 3});
    Solution start = greedy(problem);
    assertTrue(bigM.solve(problem).peakBytes() <= start.peakBytes());
    Placement placement = minimise(problem, Duration.ofSeconds(60)).orElseThrow();
    assertTrue(placement.solution().peakBytes() <= start.peakBytes());
  }

  @Test
  void withNoTimeTheStartIsTheAnswer() throws Exception {
    Problem problem = RandomProblems.hard();
    Placement placement = minimise(problem, Duration.ZERO).orElseThrow();
    assertEquals(greedy(problem), placement.solution());
    assertEquals(LowerBound.of(problem), placement.lowerBoundBytes());
  }

  @Test
  void aHardProblemIsMadeBetterThanItsStart() throws Exception {
    Problem problem = RandomProblems.hard();
    Placement placement = minimise(problem, Duration.ofMillis(1500)).orElseThrow();
    Validator.requireValid(problem, placement.solution());
    assertTrue(placement.solution().peakBytes() <= greedy(problem).peakBytes());
    assertTrue(placement.lowerBoundBytes() >= LowerBound.of(problem));
  }

  @Test
  void whatIsTooLargeIsDeclined() {
    assertEquals(
        Optional.empty(), minimise(RandomProblems.stairs(5000, 1000), Duration.ofSeconds(60)));
    Problem pairs = RandomProblems.stairs(5000, 100);
    assertEquals(greedy(pairs), bigM.solve(pairs));
  }

  @Test
  void noBuffersAndSeparateBuffersNeedNoSearch() {
    Problem none = RandomProblems.of(1);
    assertEquals(new Solution(List.of(), 0), bigM.solve(none));
    assertEquals(
        new Solution(List.of(), 0),
        minimise(none, Duration.ofSeconds(60)).orElseThrow().solution());
    assertTrue(bigM.minimise(RandomProblems.stairs(5, 1)).optimal());
  }

  private static Optional<Placement> minimise(Problem problem, Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    return new CliqueMinimiser(2)
        .minimise(problem, greedy(problem), LowerBound.of(problem), deadline);
  }

  private static Solution greedy(Problem problem) {
    return new GreedySolver(Order.SIZE, Fit.TIGHTEST).solve(problem);
  }

  private static void assertOptimal(Problem problem, long optimum, Placement placement) {
    Validator.requireValid(problem, placement.solution());
    assertEquals(optimum, placement.solution().peakBytes(), problem::toString);
    assertEquals(optimum, placement.lowerBoundBytes(), problem::toString);
    assertTrue(placement.optimal());
  }
}
