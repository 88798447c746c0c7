package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.GreedySolver.Order;
import org.memo.planner.trace.TensorLife;

class ValidatorTest {

  // offset 8 |      +--b1--+
  //        4 |--b0--|      +
  //        0 |   +--b2--+      time 0 ... 9
  private final Problem problem =
      Problems.of(4, new long[] {0, 5, 4}, new long[] {5, 9, 8}, new long[] {3, 8, 4});
  private final Solution valid = new Solution(List.of(4L, 4L, 0L), 12);

  @Test
  void aValidSolutionPasses() {
    assertEquals(Optional.empty(), Validator.check(problem, valid));
    Validator.requireValid(problem, valid);
  }

  @Test
  void buffersThatMeetInTimeOrSpaceDoNotOverlap() {
    Problem touching = Problems.of(1, new long[] {0, 5, 4}, new long[] {5, 9, 4});
    assertEquals(Optional.empty(), Validator.check(touching, new Solution(List.of(0L, 0L), 4)));
  }

  @Test
  void anOverlapNamesBothBuffers() {
    Violation violation = violationOf(List.of(0L, 4L, 0L), 12);
    assertEquals(
        new Violation.Overlap(problem.buffers().get(0), 0, problem.buffers().get(2), 0), violation);
    assertTrue(violation.message().contains("buffer b0 (4 bytes, alive [0, 5)) at offset 0"));
    assertTrue(violation.message().contains("buffer b2 (4 bytes, alive [3, 8)) at offset 0"));
  }

  @Test
  void aNegativeOffsetIsOutOfRange() {
    assertEquals(
        new Violation.OutOfRange(problem.buffers().get(1), -4),
        violationOf(List.of(4L, -4L, 0L), 8));
  }

  @Test
  void anOffsetThatWouldWrapAroundIsOutOfRange() {
    long offset = Long.MAX_VALUE - 3;
    assertEquals(
        new Violation.OutOfRange(problem.buffers().get(0), offset),
        violationOf(List.of(offset, 4L, 0L), 12));
  }

  @Test
  void aMisalignedOffsetIsNamed() {
    assertEquals(
        new Violation.Misaligned(problem.buffers().get(0), 6, 4),
        violationOf(List.of(6L, 4L, 0L), 12));
  }

  @Test
  void aWrongPeakIsNamedWithTheRightOne() {
    assertEquals(new Violation.WrongPeak(11, 12), violationOf(valid.offsetsBytes(), 11));
    assertEquals(new Violation.WrongPeak(16, 12), violationOf(valid.offsetsBytes(), 16));
  }

  @Test
  void offsetsMustBeAsManyAsBuffers() {
    assertEquals(new Violation.WrongCount(3, 2), violationOf(List.of(4L, 4L), 12));
  }

  @Test
  void requireValidThrowsTheMessage() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Validator.requireValid(problem, new Solution(List.of(4L, 4L, 0L), 13)));
    assertTrue(e.getMessage().contains("13"), e.getMessage());
  }

  @Test
  void theSweepAgreesWithComparingAllPairs() {
    Random random = new Random(7);
    int overlapping = 0;
    for (int round = 0; round < 3000; round++) {
      Problem crowd = Problems.random(random, 1 + random.nextInt(12), 20, 40);
      List<Long> offsets = new ArrayList<>();
      for (int i = 0; i < crowd.size(); i++) {
        offsets.add(random.nextInt(12) * 16L * crowd.alignmentBytes());
      }
      Solution solution = Solution.of(crowd, offsets);
      Optional<Violation> violation = Validator.check(crowd, solution);
      assertEquals(hasOverlap(crowd, offsets), violation.isPresent());
      if (violation.isPresent()) {
        assertOverlap(assertInstanceOf(Violation.Overlap.class, violation.get()));
        overlapping++;
      }
    }
    assertTrue(overlapping > 500 && overlapping < 2500, "both verdicts must be common");
  }

  @Test
  void everyPlantedFaultInAGoodSolutionIsFound() {
    Random random = new Random(8);
    for (int round = 0; round < 500; round++) {
      Problem crowd = Problems.random(random, 2 + random.nextInt(40), 30, 500);
      List<Long> offsets = new GreedySolver(Order.SIZE, Fit.LOWEST).solve(crowd).offsetsBytes();
      int first = random.nextInt(crowd.size());
      int second = random.nextInt(crowd.size());
      if (first != second && crowd.buffers().get(first).overlaps(crowd.buffers().get(second))) {
        List<Long> broken = new ArrayList<>(offsets);
        broken.set(first, offsets.get(second));
        Optional<Violation> violation = Validator.check(crowd, Solution.of(crowd, broken));
        assertOverlap(assertInstanceOf(Violation.Overlap.class, violation.orElseThrow()));
      }
    }
  }

  private Violation violationOf(List<Long> offsets, long peakBytes) {
    return Validator.check(problem, new Solution(offsets, peakBytes)).orElseThrow();
  }

  private static boolean hasOverlap(Problem problem, List<Long> offsets) {
    for (int i = 0; i < problem.size(); i++) {
      for (int k = 0; k < i; k++) {
        if (overlap(
            problem.buffers().get(i), offsets.get(i), problem.buffers().get(k), offsets.get(k))) {
          return true;
        }
      }
    }
    return false;
  }

  private static void assertOverlap(Violation.Overlap claim) {
    assertTrue(
        overlap(claim.first(), claim.firstOffset(), claim.second(), claim.secondOffset()),
        claim.message());
  }

  private static boolean overlap(TensorLife a, long offsetA, TensorLife b, long offsetB) {
    return a.overlaps(b) && offsetA < offsetB + b.sizeBytes() && offsetB < offsetA + a.sizeBytes();
  }
}
