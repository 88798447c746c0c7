package org.memo.planner.allocation.search;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.Problem;

/**
 * Several searches at once, the first that knows wins and stops the others. Each lane has a thread;
 * the searches of a lane take turns of a length that grows each time all have had one, as a search
 * that will succeed does so soon, and which one will is not known.
 *
 * @param lanes the searches of each lane, at least one lane and one search in each
 * @param firstTurn how long the first turn of each search of a lane is, if it does not have the
 *     lane for itself
 */
public record Race(List<List<CapacitySearch>> lanes, Duration firstTurn) {

  /** Enough for a search that goes down by some calls for each of many thousand buffers. */
  private static final long STACK_BYTES = 64 << 20;

  /** How much longer than the first turn the longest may be. */
  private static final int MOST_TURNS_IN_ONE = 1 << 10;

  public Race {
    lanes = lanes.stream().map(List::copyOf).toList();
    if (lanes.isEmpty() || lanes.stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException("a race needs a lane, and each lane a search");
    }
  }

  /**
   * How a race ended.
   *
   * @param winner name of the search that knew; without one the outcome is {@link Outcome.GaveUp}
   */
  public record Finish(Outcome outcome, String winner) {}

  /**
   * Runs until a search knows or the deadline has passed. What the losers still compute is thrown
   * away: they stop soon after.
   *
   * @throws RuntimeException that a search has thrown
   */
  public Finish run(Problem problem, long capacityBytes, Deadline deadline) {
    Deadline end = deadline.within(deadline.remaining());
    AtomicReference<@Nullable Finish> first = new AtomicReference<>();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    CountDownLatch running = new CountDownLatch(lanes.size());
    List<Thread> threads = new ArrayList<>();
    for (List<CapacitySearch> lane : lanes) {
      Runnable runLane =
          () -> {
            try {
              Finish finish = runLane(lane, problem, capacityBytes, end);
              if (!(finish.outcome instanceof Outcome.GaveUp)) {
                first.compareAndSet(null, finish);
                end.cancel();
              }
            } catch (RuntimeException | Error e) {
              failure.compareAndSet(null, e);
              end.cancel();
            } finally {
              running.countDown();
            }
          };
      Thread thread = new Thread(null, runLane, "allocation-search", STACK_BYTES);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    await(running, end);
    Finish finish = first.get();
    if (finish == null && failure.get() != null) {
      throw new IllegalStateException("a storage allocation search failed", failure.get());
    }
    return finish != null ? finish : new Finish(new Outcome.GaveUp(), "");
  }

  private Finish runLane(
      List<CapacitySearch> lane, Problem problem, long capacityBytes, Deadline end) {
    boolean someWantsMore = true;
    for (long turns = 1; someWantsMore && !end.expired(); turns = longer(turns)) {
      someWantsMore = false;
      for (CapacitySearch search : lane) {
        Deadline turn = lane.size() == 1 ? end : end.within(firstTurn.multipliedBy(turns));
        Outcome outcome = search.search(problem, capacityBytes, turn);
        if (!(outcome instanceof Outcome.GaveUp)) {
          return new Finish(outcome, search.name());
        }
        someWantsMore |= turn.expired(); // others have given up for good
      }
    }
    return new Finish(new Outcome.GaveUp(), "");
  }

  private static long longer(long turns) {
    return Math.min(2 * turns, MOST_TURNS_IN_ONE);
  }

  private static void await(CountDownLatch running, Deadline end) {
    boolean interrupted = false;
    while (true) {
      try {
        running.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        end.cancel();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
