package org.memo.parallel;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.memo.collective.CollectiveLog;
import org.memo.collective.LostRankException;
import org.memo.parallel.control.ControlGroup;

/**
 * What the ranks of one process share: one lock, the channels' meetings, and whether the group
 * still stands. A group that failed stays failed.
 */
final class InProcessGroup {
  private final List<CollectiveLog> logs;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Place, Meeting> meetings = new HashMap<>();
  private final BitSet ended = new BitSet();
  private @Nullable LostRankException failure;

  /** The channel of a name among {@code ranks} ranks from {@code first} on. */
  private record Place(String channel, int first, int ranks) {}

  InProcessGroup(int ranks, Duration timeout) {
    this.logs = IntStream.range(0, ranks).mapToObj(i -> CollectiveLog.fromEnvironment()).toList();
    this.timeout = timeout;
  }

  int ranks() {
    return logs.size();
  }

  CollectiveLog log(int rank) {
    return logs.get(rank);
  }

  Duration timeout() {
    return timeout;
  }

  /** How long a rank waits for the others to come to a call. */
  Duration timeout(Call call) {
    return ControlGroup.patience(call.what(), timeout);
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

  /** The rank failed: every call fails from now on, unless one had failed before. */
  void fail(int rank, Throwable cause) {
    lose(rank, LostRankException.failed(cause), cause);
  }

  /** The same for a rank that others miss. */
  void lose(int rank, String how) {
    lose(rank, how, null);
  }

  private void lose(int rank, String how, @Nullable Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = LostRankException.of(rank, how, log(rank).last(), cause);
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
