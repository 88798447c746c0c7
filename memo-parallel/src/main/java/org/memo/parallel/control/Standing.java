package org.memo.parallel.control;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.collective.LostRankException;

/** What a rank knows of its run, what it waits for, and whether the run still stands. */
final class Standing {
  private final Duration stuckAfter;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Consumer<LostRankException>> onLost = new ArrayList<>();
  private final List<Consumer<LostRankException>> onStuck = new ArrayList<>();
  private @Nullable LostRankException lost;
  private boolean closed;

  /**
   * @param stuckAfter from a loss until whoever did not close is stuck
   */
  Standing(Duration stuckAfter) {
    this.stuckAfter = stuckAfter;
  }

  /** Changes what others may {@link #await}. */
  void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the condition holds, the run is lost or the time is up. An interrupt is kept.
   *
   * @return whether the condition holds
   */
  boolean await(BooleanSupplier condition, Duration longest) {
    return await(() -> lost != null || condition.getAsBoolean(), condition, longest);
  }

  /** Waits for the verdict, and returns it if it came in time. */
  @Nullable LostRankException awaitLoss(Duration longest) {
    await(() -> lost != null, () -> true, longest);
    return lost();
  }

  /** The same with a condition that a loss does not end. */
  boolean awaitWhateverIsLost(BooleanSupplier condition, Duration longest) {
    return await(condition, condition, longest);
  }

  private boolean await(BooleanSupplier until, BooleanSupplier result, Duration longest) {
    boolean interrupted = false;
    lock.lock();
    try {
      long remainingNanos = longest.toNanos();
      while (!until.getAsBoolean() && remainingNanos > 0) {
        try {
          remainingNanos = changed.awaitNanos(remainingNanos);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return result.getAsBoolean();
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The first loss counts; its callbacks run on threads of their own. */
  void lose(LostRankException loss) {
    lock.lock();
    try {
      if (lost != null || closed) {
        return;
      }
      lost = loss;
      changed.signalAll();
      onLost.forEach(callback -> call(callback, loss));
      start("memo-stuck", () -> watch(loss));
    } finally {
      lock.unlock();
    }
  }

  @Nullable LostRankException lost() {
    lock.lock();
    try {
      return lost;
    } finally {
      lock.unlock();
    }
  }

  /** Throws the loss as the calling thread's own. */
  void requireWhole() {
    LostRankException loss = lost();
    if (loss != null) {
      throw copy(loss);
    }
  }

  static LostRankException copy(LostRankException loss) {
    return new LostRankException(loss.rank(), String.valueOf(loss.getMessage()), loss);
  }

  void onLost(Consumer<LostRankException> callback) {
    lock.lock();
    try {
      onLost.add(callback);
      if (lost != null) {
        call(callback, lost);
      }
    } finally {
      lock.unlock();
    }
  }

  void onStuck(Consumer<LostRankException> callback) {
    lock.lock();
    try {
      onStuck.add(callback);
    } finally {
      lock.unlock();
    }
  }

  /** From here on nothing is lost and nobody is stuck. */
  void close() {
    update(() -> closed = true);
  }

  private void watch(LostRankException loss) {
    awaitWhateverIsLost(() -> closed, stuckAfter);
    lock.lock();
    try {
      if (!closed) {
        onStuck.forEach(callback -> call(callback, loss));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Apart from each other: one that hangs, as an abort may, stops no other. */
  private static void call(Consumer<LostRankException> callback, LostRankException loss) {
    start("memo-lost-rank", () -> callback.accept(copy(loss)));
  }

  private static void start(String name, Runnable task) {
    Thread.ofPlatform().daemon().name(name).start(task);
  }
}
