package org.memo.planner.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

class BisectionTest {

  /** Feasible up to a limit; no number may be asked twice, nor one that is no candidate. */
  private record Probe(long granule, long limit, long feasibleUpTo, Set<Long> asked)
      implements LongPredicate {
    Probe(long granule, long limit, long feasibleUpTo) {
      this(granule, limit, feasibleUpTo, new HashSet<>());
    }

    @Override
    public boolean test(long value) {
      assertTrue(value >= granule && value <= limit && value % granule == 0, "asked " + value);
      assertTrue(asked.add(value), "asked twice: " + value);
      return value <= feasibleUpTo;
    }
  }

  @Test
  void theAnswerIsTheLargestFeasibleMultiple() {
    Random random = new Random(5);
    for (int round = 0; round < 20_000; round++) {
      long granule = 1 + random.nextLong(1L << random.nextInt(1, 20));
      long limit = random.nextLong(1L << random.nextInt(1, 40));
      Probe probe = new Probe(granule, limit, random.nextLong(-1, 2 * limit + 2));
      long guess = random.nextLong(-5, 2 * limit + 5);
      long most = Math.min(limit, probe.feasibleUpTo) / granule * granule;
      OptionalLong expected = most > 0 ? OptionalLong.of(most) : OptionalLong.empty();
      assertEquals(expected, Bisection.largestMultiple(granule, limit, guess, probe));
    }
  }

  @Test
  void fewNumbersAreAsked() {
    for (long answer = 1; answer < 5000; answer++) {
      Probe probe = new Probe(65536, Long.MAX_VALUE, 65536 * answer);
      Bisection.largestMultiple(65536, Long.MAX_VALUE, probe);
      int logarithm = 63 - Long.numberOfLeadingZeros(answer);
      assertTrue(probe.asked.size() <= 2 * logarithm + 2, answer + " asked " + probe.asked);
    }
  }

  @Test
  void aGoodGuessIsCheap() {
    Probe probe = new Probe(1024, 1 << 20, 900 * 1024);
    assertEquals(
        OptionalLong.of(900 * 1024), Bisection.largestMultiple(1024, 1 << 20, 1 << 20, probe));
    assertTrue(probe.asked.size() <= 11, "asked " + probe.asked);
  }

  @Test
  void theWholeRangeOfLongsIsSearched() {
    Probe all = new Probe(1, Long.MAX_VALUE, Long.MAX_VALUE);
    assertEquals(
        OptionalLong.of(Long.MAX_VALUE), Bisection.largestMultiple(1, Long.MAX_VALUE, all));
  }

  @Test
  void aGranuleThatIsNotPositiveIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Bisection.largestMultiple(0, 1, value -> true));
  }
}
