package org.memo.parallel;

import java.time.Duration;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.memo.collective.LostRankException;

/**
 * Where the ranks meet for the calls of one channel: a barrier at which each publishes what the
 * others may read. All ranks get past {@link #enter} or none does; from there on each works on
 * memory that the others own, so nobody leaves before all have finished, whatever fails meanwhile.
 * A rank is a number among those of the meeting; what is told of it names its number in the group.
 */
final class Meeting {
  private final InProcessGroup group;
  private final String channel;
  private final int first;
  private final int ranks;
  private final ReentrantLock lock;
  private final Condition changed;
  private final @Nullable Call[] calls;
  private final BitSet arrived = new BitSet();
  private long generation;
  private volatile boolean broken;

  /**
   * @param first the group's rank that is rank 0 of the meeting
   */
  Meeting(InProcessGroup group, String channel, int first, int ranks) {
    this.group = group;
    this.channel = channel;
    this.first = first;
    this.ranks = ranks;
    this.lock = group.lock();
    this.changed = group.newCondition();
    this.calls = new @Nullable Call[ranks];
  }

  /** What a rank does between two barriers. */
  @FunctionalInterface
  interface Phase {
    void run();
  }

  /**
   * Waits for all ranks, then runs each phase on all of them, one phase after the other. A call
   * that succeeds on all ranks returns on all, also when the group fails meanwhile.
   *
   * @throws LostRankException when a rank failed, ended, did not come in time or made another call
   */
  void hold(int rank, Call call, Phase... phases) {
    enter(rank, call);
    for (Phase phase : phases) {
      attempt(rank, phase);
      waitForAll(rank);
    }
    if (broken) {
      group.requireWhole();
    }
  }

  /** The memory that a rank has published; only within a phase. */
  Call call(int rank) {
    return Objects.requireNonNull(calls[rank]);
  }

  /** Call with the lock held. */
  void wake() {
    changed.signalAll();
  }

  private void attempt(int rank, Phase phase) {
    if (broken) {
      return;
    }
    try {
      phase.run();
    } catch (RuntimeException | Error e) {
      group.fail(first + rank, e);
      broken = true;
    }
  }

  private void enter(int rank, Call call) {
    lock.lock();
    try {
      group.requireWhole();
      if (arrived.get(rank)) {
        throw new IllegalStateException(
            "two threads of rank %d call on stream %s at once".formatted(first + rank, channel));
      }
      requireSameCall(rank, call);
      calls[rank] = call;
      long mine = generation;
      if (!arrive(rank)) {
        awaitOthers(mine, call);
      }
    } finally {
      lock.unlock();
    }
  }

  private void waitForAll(int rank) {
    lock.lock();
    try {
      long mine = generation;
      if (!arrive(rank)) {
        while (generation == mine) {
          changed.awaitUninterruptibly();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether all are here, in which case they go on. */
  private boolean arrive(int rank) {
    arrived.set(rank);
    if (arrived.cardinality() < ranks) {
      return false;
    }
    arrived.clear();
    generation++;
    changed.signalAll();
    return true;
  }

  private void awaitOthers(long mine, Call call) {
    Duration longest = group.timeout(call);
    long remainingNanos = longest.toNanos();
    boolean interrupted = false;
    while (generation == mine) {
      group.requireWhole();
      requireNoneEnded(call);
      if (remainingNanos <= 0) {
        lose(
            arrived.nextClearBit(0),
            "did not come to %s within %s s".formatted(call.what(), longest.toMillis() / 1e3));
      }
      try {
        remainingNanos = changed.awaitNanos(remainingNanos);
      } catch (InterruptedException e) {
        interrupted = true; // kept for the caller: the others count on this rank
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireSameCall(int rank, Call call) {
    int other = arrived.nextSetBit(0);
    if (other >= 0 && !call(other).what().equals(call.what())) {
      lose(
          rank,
          "calls %s where rank %d calls %s"
              .formatted(call.what(), first + other, call(other).what()));
    }
  }

  private void requireNoneEnded(Call call) {
    for (int other = 0; other < ranks; other++) {
      if (!arrived.get(other) && group.hasEnded(first + other)) {
        lose(other, "ended before " + call.what());
      }
    }
  }

  private void lose(int rank, String how) {
    group.lose(first + rank, "%s on stream %s".formatted(how, channel));
    group.requireWhole();
  }
}
