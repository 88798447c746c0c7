package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.GreedySolver.Order;

/** What every solver must do. */
class SolverTest {

  static Stream<Solver> solvers() {
    Stream<Solver> greedy =
        Stream.of(Order.values())
            .flatMap(order -> Stream.of(Fit.values()).map(fit -> new GreedySolver(order, fit)));
    Solver squeakyWheel = new SqueakyWheelSolver(20, Long.MAX_VALUE);
    Stream<Solver> others =
        Stream.of(
            squeakyWheel,
            new PermanentsFirstSolver(squeakyWheel),
            PortfolioSolver.standard(),
            new SweepSolver(SweepSolver.Direction.FORWARD),
            new SweepSolver(SweepSolver.Direction.BACKWARD));
    return Stream.concat(greedy, others);
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void randomProblemsAreSolvedValidlyAndNotBelowTheBound(Solver solver) {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      int count = 1 + random.nextInt(60);
      Problem problem =
          Problems.random(random, count, 1 + random.nextInt(100), 1 + random.nextInt(2000));
      assertValid(solver, problem);
    }
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void awkwardProblemsAreSolvedValidly(Solver solver) {
    long huge = Long.MAX_VALUE / 4;
    List<Problem> awkward =
        List.of(
            Problems.of(1, new long[] {0, 1, huge}, new long[] {0, 1, huge}),
            Problems.of(64, new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 1}, new long[] {-5, 5, 63}),
            Problems.of(1L << 60, new long[] {0, 2, 1}, new long[] {1, 3, 1}),
            Problems.of(7, new long[] {0, 9, 7}, new long[] {3, 4, 8}, new long[] {4, 5, 6}),
            Problems.stairs(500),
            Problems.random(new Random(5), 800, 100_000, 1 << 20),
            Problems.random(new Random(6), 800, 3, 1 << 20));
    awkward.forEach(problem -> assertValid(solver, problem));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void disjointLifespansShareOneAddress(Solver solver) {
    assertOptimal(solver, Problems.disjoint(new Random(2), 500));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void oneBufferIsPlacedAtTheBottom(Solver solver) {
    Problem problem = Problems.of(128, new long[] {3, 4, 100});
    assertEquals(new Solution(List.of(0L), 100), solver.solve(problem));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void noBuffersNeedNoMemory(Solver solver) {
    assertEquals(new Solution(List.of(), 0), solver.solve(Problems.of(1)));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void theSameProblemHasTheSameSolution(Solver solver) {
    Problem problem = Problems.random(new Random(3), 200, 50, 100);
    assertEquals(solver.solve(problem), solver.solve(problem));
  }

  static void assertOptimal(Solver solver, Problem problem) {
    assertValid(solver, problem);
    assertEquals(LowerBound.of(problem), solver.solve(problem).peakBytes(), solver::toString);
  }

  static void assertValid(Solver solver, Problem problem) {
    Solution solution = solver.solve(problem);
    assertEquals(Optional.empty(), Validator.check(problem, solution), solver::toString);
    assertTrue(solution.peakBytes() >= LowerBound.of(problem), solver::toString);
  }
}
