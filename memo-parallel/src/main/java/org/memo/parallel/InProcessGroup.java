package org.memo.parallel;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.memo.collective.LostRankException;

/**
 * What the ranks of one process share: one lock, the channels' meetings, and whether the group
 * still stands. A group that failed stays failed.
 */
final class InProcessGroup {
  private final int ranks;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Place, Meeting> meetings = new HashMap<>();
  private final BitSet ended = new BitSet();
  private @Nullable LostRankException failure;

  /** The channel of a name among {@code ranks} ranks from {@code first} on. */
  private record Place(String channel, int first, int ranks) {}

  InProcessGroup(int ranks, Duration timeout) {
    this.ranks = ranks;
    this.timeout = timeout;
  }

  int ranks() {
    return ranks;
  }

  long timeoutNanos() {
    return timeout.toNanos();
  }

  double timeoutSeconds() {
    return timeout.toMillis() / 1e3;
  }

  Meeting meeting(String channel, int first, int ranks) {
    lock.lock();
    try {
      return meetings.computeIfAbsent(
          new Place(channel, first, ranks), place -> new Meeting(this, channel, first, ranks));
    } finally {
      lock.unlock();
    }
  }

  /** The rank failed, as {@link #fail(LostRankException)} says. */
  void fail(int rank, Throwable cause) {
    fail(failed(rank, cause));
  }

  static LostRankException failed(int rank, Throwable cause) {
    return new LostRankException(
        rank, "rank %d failed: %s".formatted(rank, cause.getMessage()), cause);
  }

  /** Lets every call fail from now on; only the first failure counts. */
  void fail(LostRankException lost) {
    lock.lock();
    try {
      if (failure == null) {
        failure = lost;
      }
      wakeAll();
    } finally {
      lock.unlock();
    }
  }

  /** The rank that made the group fail, if it did. */
  OptionalInt lostRank() {
    lock.lock();
    try {
      return failure == null ? OptionalInt.empty() : OptionalInt.of(failure.rank());
    } finally {
      lock.unlock();
    }
  }

  /** The rank makes no more calls: who waits for it fails. */
  void end(int rank) {
    lock.lock();
    try {
      ended.set(rank);
      wakeAll();
    } finally {
      lock.unlock();
    }
  }

  /** Throws in the calling thread what made the group fail. */
  void requireWhole() {
    lock.lock();
    try {
      if (failure != null) {
        throw new LostRankException(failure.rank(), String.valueOf(failure.getMessage()), failure);
      }
    } finally {
      lock.unlock();
    }
  }

  ReentrantLock lock() {
    return lock;
  }

  Condition newCondition() {
    return lock.newCondition();
  }

  /** Call with the lock held. */
  boolean hasEnded(int rank) {
    return ended.get(rank);
  }

  private void wakeAll() {
    meetings.values().forEach(Meeting::wake);
  }
}
