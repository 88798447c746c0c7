package org.memo.parallel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;

/** Runs a program on every rank of a group within this process, a thread for each. */
public final class InProcessRanks {
  private InProcessRanks() {}

  /** What a rank does. It closes its device before it returns. */
  @FunctionalInterface
  public interface RankProgram {
    void run(Collectives collectives) throws Exception;
  }

  /**
   * Runs the program on all ranks and waits for all of them, also when one fails. An interrupt is
   * passed on to the ranks.
   *
   * @param timeout as {@link InProcessCollectives#group} takes it
   * @throws RuntimeException what the first rank that failed has thrown, with what other ranks have
   *     thrown suppressed unless they only lost that one; a checked exception as the cause of a
   *     {@link LostRankException}
   */
  public static void run(int ranks, Duration timeout, RankProgram program) {
    List<Rank> threads = new ArrayList<>();
    for (InProcessCollectives collectives : InProcessCollectives.group(ranks, timeout)) {
      threads.add(new Rank(collectives, program));
    }
    threads.forEach(rank -> rank.thread.start());
    join(threads);
    throwFailure(threads);
  }

  private static final class Rank {
    private final InProcessCollectives collectives;
    private final Thread thread;
    private @Nullable Throwable failure;

    Rank(InProcessCollectives collectives, RankProgram program) {
      this.collectives = collectives;
      this.thread =
          Thread.ofPlatform()
              .daemon()
              .name("memo-rank-" + collectives.rank())
              .unstarted(() -> run(program));
    }

    private void run(RankProgram program) {
      try {
        program.run(collectives);
      } catch (Throwable e) {
        failure = e;
        collectives.fail(e);
      } finally {
        collectives.close();
      }
    }

    LostRankException lost(Throwable cause) {
      return LostRankException.of(
          collectives.rank(), LostRankException.failed(cause), collectives.log().last(), cause);
    }
  }

  private static void join(List<Rank> ranks) {
    boolean interrupted = false;
    for (Rank rank : ranks) {
      while (rank.thread.isAlive()) {
        try {
          rank.thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          ranks.forEach(other -> other.thread.interrupt());
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void throwFailure(List<Rank> ranks) {
    Rank failed = firstFailed(ranks);
    if (failed == null || failed.failure == null) {
      return;
    }
    Throwable failure = failed.failure;
    for (Rank rank : ranks) {
      if (rank != failed && rank.failure != null && !onlyLostAnother(rank.failure)) {
        failure.addSuppressed(rank.failure);
      }
    }
    switch (failure) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw failed.lost(failure);
    }
  }

  /** The rank that made the group fail; one that waited for it in vain where it did not throw. */
  private static @Nullable Rank firstFailed(List<Rank> ranks) {
    OptionalInt lost = ranks.getFirst().collectives.lostRank();
    if (lost.isPresent() && ranks.get(lost.getAsInt()).failure != null) {
      return ranks.get(lost.getAsInt());
    }
    return ranks.stream().filter(rank -> rank.failure != null).findFirst().orElse(null);
  }

  private static boolean onlyLostAnother(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof LostRankException) {
        return true;
      }
    }
    return false;
  }
}
