package org.memo.planner.allocation.search;

import java.time.Duration;
import java.util.stream.LongStream;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/**
 * Lowers the peak of a problem by asking whether it fits into less: first at the lower bound, where
 * most problems can be solved, then half way between what was found and what was tried in vain, and
 * when nothing is left between these, again with more time for each try.
 */
public final class Descent {

  private static final Duration LONGEST_FIRST_TRY = Duration.ofSeconds(5);
  private static final int MANY_BUFFERS = 3_000;
  private static final int FIRST_TRIES_IN_TIMEOUT = 8;
  private static final int TRIES_IN_FIRST = 8;

  /** Peaks are told apart to this part of the lower bound. */
  private static final long RESOLUTION = 1 << 12;

  private final Problem problem;
  private final Race race;
  private final long unitBytes; // every peak is a multiple of this
  private Solution best;
  private String method;
  private long provedBytes;
  private long triedInVainBytes;
  private Duration turn;
  private boolean firstTry = true;
  private boolean isStuck = false;

  /**
   * Starts from a solution that is there already.
   *
   * @param method who found the start
   * @param timeout how long the descent may take altogether, which sets how long it tries first
   */
  public Descent(Problem problem, Solution start, String method, Race race, Duration timeout) {
    this.problem = problem;
    this.race = race;
    this.method = method;
    best = start;
    provedBytes = LowerBound.of(problem);
    triedInVainBytes = provedBytes - 1;
    unitBytes = peakUnit(problem);
    turn = firstTurn(problem.size(), timeout);
  }

  /** Many buffers take seconds to be placed even once, and the bound is what there is to reach. */
  private static Duration firstTurn(int buffers, Duration timeout) {
    if (buffers > MANY_BUFFERS) {
      return timeout.dividedBy(2);
    }
    Duration part = timeout.dividedBy(FIRST_TRIES_IN_TIMEOUT);
    return part.compareTo(LONGEST_FIRST_TRY) < 0 ? part : LONGEST_FIRST_TRY;
  }

  /** The best solution so far. */
  public Solution best() {
    return best;
  }

  /** Who found the best solution. */
  public String method() {
    return method;
  }

  /** No solution has a peak below this. */
  public long provedBytes() {
    return provedBytes;
  }

  /** Whether further steps are of no use, as no search takes on a problem of this size. */
  public boolean isStuck() {
    return isStuck;
  }

  /** Tries once, for a peak that need not be below the goal. */
  public void step(long goalBytes, Deadline deadline) {
    boolean atBound = triedInVainBytes < provedBytes;
    long target = Math.max(goalBytes, atBound ? provedBytes : middle());
    Deadline end = deadline.within(turn);
    Race.Finish finish = race.run(problem, target, end);
    switch (finish.outcome()) {
      case Outcome.Placed(Solution solution) -> {
        best = solution;
        method = finish.winner();
      }
      case Outcome.Refuted() -> {
        provedBytes = roundedUp(target + 1);
        triedInVainBytes = provedBytes - 1;
      }
      case Outcome.GaveUp() -> {
        triedInVainBytes = target;
        isStuck = !end.expired();
      }
    }
    if (firstTry) {
      firstTry = false;
      turn = turn.dividedBy(TRIES_IN_FIRST);
    } else if (middle() >= best.peakBytes()) {
      turn = turn.multipliedBy(2);
      triedInVainBytes = provedBytes - 1;
    }
  }

  /** The peak to try next, which is the best one's if none is left. */
  private long middle() {
    long least = Math.max(unitBytes, roundedUp(provedBytes / RESOLUTION));
    long half = (best.peakBytes() - triedInVainBytes) / 2;
    return triedInVainBytes + Math.max(least, half / unitBytes * unitBytes);
  }

  private long roundedUp(long bytes) {
    return Math.ceilDiv(bytes, unitBytes) * unitBytes;
  }

  private static long peakUnit(Problem problem) {
    LongStream sizes = problem.buffers().stream().mapToLong(TensorLife::sizeBytes);
    return sizes.reduce(problem.alignmentBytes() == 1 ? 0 : problem.alignmentBytes(), Boxes::gcd);
  }
}
