package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.search.Deadline;
import org.memo.planner.trace.TensorLife;

class AllocationPlannerTest {

  private static final Limits MINUTE = new Limits(Duration.ofMinutes(1), 2);
  private static final Limits NO_TIME = new Limits(Duration.ZERO, 1);

  @Test
  void partsThatShareNoMomentAreAllPlacedOptimally() {
    Problem problem = threeSlabs(new Random(31));
    Placement placement = AllocationPlanner.minimise(problem, MINUTE);
    Validator.requireValid(problem, placement.solution());
    assertEquals(2048, placement.solution().peakBytes());
    assertEquals(2048, placement.lowerBoundBytes());
    assertTrue(placement.optimal());
    assertTrue(FirstSolution.of(problem, 0, timeFor(problem)).peakBytes() > 2048, "too easy");
  }

  @Test
  void aGapThatCannotBeClosedIsProvedToBeOne() {
    Problem problem = gapProblem();
    Placement placement = AllocationPlanner.minimise(problem, MINUTE);
    assertTrue(placement.optimal());
    assertTrue(placement.lowerBoundBytes() > LowerBound.of(problem), "the bound is not raised");
    assertEquals(placement.lowerBoundBytes(), placement.solution().peakBytes());
  }

  @Test
  void whatFitsIsPlacedAndWhatDoesNotIsProvedNotTo() {
    Problem problem = gapProblem();
    long peak = AllocationPlanner.minimise(problem, MINUTE).solution().peakBytes();
    CapacityAnswer fits = AllocationPlanner.fit(problem, peak, MINUTE);
    assertTrue(assertInstanceOf(CapacityAnswer.Placed.class, fits).solution().peakBytes() <= peak);
    assertInfeasible(problem, peak - 1, "complete search");
    assertInfeasible(problem, LowerBound.of(problem) - 1, "alive at once");
    assertInfeasible(problem, 0, "alive at once");
  }

  @Test
  void allPartsMustFit() {
    Problem problem = threeSlabs(new Random(32));
    CapacityAnswer answer = AllocationPlanner.fit(problem, 2048, MINUTE);
    Solution solution = assertInstanceOf(CapacityAnswer.Placed.class, answer).solution();
    Validator.requireValid(problem, solution);
    assertTrue(solution.peakBytes() <= 2048);
  }

  @Test
  void withoutTimeThereIsStillASolutionButNoProof() {
    Problem problem = threeSlabs(new Random(33));
    Placement placement = AllocationPlanner.minimise(problem, NO_TIME);
    Validator.requireValid(problem, placement.solution());
    assertEquals(2048, placement.lowerBoundBytes());
    assertEquals(placement.solution().peakBytes() == 2048, placement.optimal());
    CapacityAnswer answer = AllocationPlanner.fit(problem, 2048, NO_TIME);
    assertEquals(new CapacityAnswer.Unknown(), answer);
  }

  @Test
  void noBuffersFitIntoNothing() {
    Problem nothing = Problems.of(1);
    Placement placement = AllocationPlanner.minimise(nothing, NO_TIME);
    assertEquals(new Solution(List.of(), 0), placement.solution());
    assertTrue(placement.optimal());
    assertInstanceOf(CapacityAnswer.Placed.class, AllocationPlanner.fit(nothing, 0, NO_TIME));
  }

  @Test
  void aHundredThousandBuffersAliveTogetherArePlacedInBoundedMemory() {
    List<TensorLife> buffers = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      buffers.add(new TensorLife("b", i, 100_000 + 7919L * i % 100_003, 1 + i % 1000));
    }
    Problem problem = new Problem(buffers, 1);
    Placement placement = AllocationPlanner.minimise(problem, NO_TIME);
    assertTrue(placement.solution().peakBytes() >= placement.lowerBoundBytes());
  }

  @Test
  void anImpossibleCapacityIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> AllocationPlanner.fit(gapProblem(), -1, MINUTE));
    assertThrows(IllegalArgumentException.class, () -> new Limits(Duration.ofMillis(-1), 1));
    assertThrows(IllegalArgumentException.class, () -> new Limits(Duration.ZERO, 0));
  }

  private static void assertInfeasible(Problem problem, long capacityBytes, String why) {
    CapacityAnswer answer = AllocationPlanner.fit(problem, capacityBytes, MINUTE);
    String said = assertInstanceOf(CapacityAnswer.Infeasible.class, answer).why();
    assertTrue(said.contains(why), said);
  }

  private static Deadline timeFor(Problem problem) {
    return Deadline.after(Duration.ofSeconds(problem.size()));
  }

  /** Nine bytes are alive at once, but there is no way to lie in nine. */
  private static Problem gapProblem() {
    return Problems.of(
        1,
        new long[] {1, 5, 3},
        new long[] {3, 5, 3},
        new long[] {0, 3, 1},
        new long[] {2, 6, 3},
        new long[] {0, 1, 8},
        new long[] {1, 2, 5},
        new long[] {2, 3, 2},
        new long[] {5, 6, 6});
  }

  /** Three slabs one after the other, the middle one the fullest. */
  private static Problem threeSlabs(Random random) {
    List<TensorLife> buffers = new ArrayList<>();
    for (int slab = 0; slab < 3; slab++) {
      long begin = 10_000L * slab;
      Problem part = HardProblems.guillotine(random, 90, 10_000, slab == 1 ? 2048 : 2000);
      for (TensorLife life : part.buffers()) {
        buffers.add(
            new TensorLife(
                life.name(), begin + life.lower(), begin + life.upper(), life.sizeBytes()));
      }
    }
    return new Problem(buffers, 1);
  }
}
