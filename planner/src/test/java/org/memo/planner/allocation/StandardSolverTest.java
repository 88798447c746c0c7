package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.GreedySolver.Order;
import org.memo.planner.io.AllocationCsv;

/** How good the standard heuristics are, and their parts where they should be optimal. */
class StandardSolverTest {

  private final Solver standard = PortfolioSolver.standard();

  @Test
  void nestedLifespansArePackedOptimally() {
    for (int seed = 0; seed < 50; seed++) {
      Problem problem = Problems.nested(new Random(seed), 200);
      SolverTest.assertOptimal(standard, problem);
      SolverTest.assertOptimal(new GreedySolver(Order.LIFETIME, Fit.LOWEST), problem);
    }
  }

  @Test
  void permanentBuffersLieWithoutGapsAtTheBottom() {
    Random random = new Random(4);
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      rows.add(new long[] {i, 1000, 1 + random.nextInt(1000)});
    }
    for (int i = 0; i < 200; i++) {
      int lower = 50 + random.nextInt(900);
      rows.add(new long[] {lower, lower + 1 + random.nextInt(40), 1 + random.nextInt(1000)});
    }
    Problem problem = Problems.of(1, rows.toArray(long[][]::new));
    Solution solution = standard.solve(problem);

    Validator.requireValid(problem, solution);
    long floor = 0;
    for (int i = 0; i < 50; i++) {
      assertEquals(floor, solution.offsetsBytes().get(i));
      floor += problem.roomBytes(i);
    }
  }

  @Test
  void permanentsAreNotPinnedWhereThatLosesRoom() {
    // The big temporary is gone before the permanent one is born, and both fit the same place.
    Problem problem = Problems.of(1, new long[] {0, 1, 100}, new long[] {2, 9, 100});
    SolverTest.assertOptimal(standard, problem);
  }

  @Test
  void thePublishedExampleIsSolvedOptimally() throws Exception {
    SolverTest.assertOptimal(standard, published("input.12.csv"));
  }

  @Test
  void patienceHalvesWhatGreedyLosesOnAPublishedHardProblem() throws Exception {
    Problem problem = published("A.1048576.csv");
    SolverTest.assertValid(standard, problem);
    assertEquals(1_048_576, LowerBound.of(problem));
    assertTrue(standard.solve(problem).peakBytes() <= 1.25 * 1_048_576);
  }

  @Test
  void twentyThousandBuffersTakeSecondsNotMinutes() {
    Random random = new Random(9);
    long[][] rows = new long[20_000][];
    for (int i = 0; i < rows.length; i++) {
      long lower = random.nextInt(40_000);
      long lifetime = (long) Math.exp(random.nextDouble() * Math.log(40_000));
      rows[i] = new long[] {lower, lower + lifetime, 1 + random.nextInt(1 << 20)};
    }
    Problem problem = Problems.of(128, rows);
    // About a second where nothing else runs; the limit only tells a wrong order of growth.
    Solution solution = assertTimeout(Duration.ofSeconds(30), () -> standard.solve(problem));
    Validator.requireValid(problem, solution);
    assertTrue(solution.peakBytes() <= 1.05 * LowerBound.of(problem));
  }

  @Test
  void aPortfolioAsksNobodyOnceTheBoundIsReached() {
    Solver neverAsked =
        problem -> {
          throw new AssertionError("the bound was reached before");
        };
    Solver portfolio =
        new PortfolioSolver(List.of(new GreedySolver(Order.SIZE, Fit.LOWEST), neverAsked));
    SolverTest.assertOptimal(portfolio, Problems.disjoint(new Random(1), 10));
    assertThrows(IllegalArgumentException.class, () -> new PortfolioSolver(List.of()));
  }

  private static Problem published(String name) throws Exception {
    Path file = Path.of(StandardSolverTest.class.getResource("/minimalloc/" + name).toURI());
    return AllocationCsv.read(file, 1).problem();
  }
}
