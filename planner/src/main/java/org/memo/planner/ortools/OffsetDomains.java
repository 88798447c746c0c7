package org.memo.planner.ortools;

import static java.math.BigInteger.ONE;

import com.google.ortools.util.Domain;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.Problem;

/**
 * Which offsets each buffer can have below a capacity. At a moment that is nearly full, what lies
 * below a buffer is some of the others' rooms and at most the little that the moment leaves unused,
 * so that its offset is close to a subset sum of their rooms. Takes a third off the search where
 * such moments are many, and milliseconds where there are none.
 */
final class OffsetDomains {

  /** Sums are bits, one a unit; of larger capacities they would cost more than they save. */
  private static final long MOST_UNITS = 8192;

  /** A moment is nearly full if this part of the capacity or less is unused. */
  private static final int UNUSED_PART = 64;

  private final Problem problem;
  private final long unitBytes;
  private final long[] highestUnits;
  private final @Nullable BigInteger[] possible;
  private final long capacityUnits;

  /** {@code unitBytes} divides all rooms, and no buffer is above the capacity. */
  OffsetDomains(Problem problem, List<int[]> liveSets, long unitBytes, long capacityBytes) {
    this.problem = problem;
    this.unitBytes = unitBytes;
    highestUnits = new long[problem.size()];
    possible = new BigInteger[problem.size()];
    long highestEnd = 0;
    for (int i = 0; i < problem.size(); i++) {
      highestUnits[i] = (capacityBytes - problem.buffers().get(i).sizeBytes()) / unitBytes;
      highestEnd = Math.max(highestEnd, highestUnits[i] + roomUnits(i));
    }
    capacityUnits = highestEnd;
    if (capacityUnits <= MOST_UNITS) {
      liveSets.forEach(this::restrictIfNearlyFull);
    }
  }

  /** The offsets, in units, that are possible for a buffer. */
  Domain domain(int buffer) {
    BigInteger offsets = possible[buffer];
    long highest = highestUnits[buffer];
    return offsets == null
        ? new Domain(0, highest)
        : Domain.fromValues(
            LongStream.rangeClosed(0, highest).filter(i -> offsets.testBit((int) i)).toArray());
  }

  private void restrictIfNearlyFull(int[] set) {
    long unused = capacityUnits;
    for (int buffer : set) {
      unused -= roomUnits(buffer);
    }
    if (unused >= 0 && unused <= capacityUnits / UNUSED_PART) {
      restrict(set, 0, set.length, ONE, (int) unused);
    }
  }

  /** Halves the set until one buffer is left; {@code sums} are those of all outside from..to. */
  private void restrict(int[] set, int from, int to, BigInteger sums, int unusedUnits) {
    if (to - from == 1) {
      int buffer = set[from];
      BigInteger offsets = withGap(sums, unusedUnits);
      BigInteger before = possible[buffer];
      possible[buffer] = before == null ? offsets : before.and(offsets);
      return;
    }
    int middle = (from + to) >>> 1;
    restrict(set, from, middle, withRooms(sums, set, middle, to), unusedUnits);
    restrict(set, middle, to, withRooms(sums, set, from, middle), unusedUnits);
  }

  private BigInteger withRooms(BigInteger sums, int[] set, int from, int to) {
    BigInteger more = sums;
    for (int i = from; i < to; i++) {
      more = more.or(more.shiftLeft((int) roomUnits(set[i])));
    }
    return more;
  }

  /** The sums, and those above by up to so many units. */
  private static BigInteger withGap(BigInteger sums, int units) {
    BigInteger smeared = sums;
    int done = 0;
    while (done < units) {
      int step = Math.min(done + 1, units - done);
      smeared = smeared.or(smeared.shiftLeft(step));
      done += step;
    }
    return smeared;
  }

  private long roomUnits(int buffer) {
    return problem.roomBytes(buffer) / unitBytes;
  }
}
