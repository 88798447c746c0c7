package org.memo.parallel.nccl;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.nccl.NcclCommunicator;
import org.memo.bindings.nccl.NcclException;
import org.memo.collective.LostRankException;

/**
 * A thread that looks for ranks that are lost while the rank's own thread may be waiting for them,
 * and ends all collectives then.
 */
final class NcclWatch implements AutoCloseable {
  private static final long LOOK_NANOS = 50_000_000;

  /** What NCCL notices first the group mostly knows soon after, with the name of the rank. */
  private static final long VERDICT_NANOS = 3_000_000_000L;

  private static final Duration LONGEST_ABORT = Duration.ofSeconds(10);

  private final NcclControl control;
  private final List<NcclCommunicator> communicators;
  private final List<StreamProgress> streams;
  private final int device;
  private final Thread thread;
  private volatile @Nullable LostRankException failure;
  private volatile boolean closed;

  /** Both lists may grow meanwhile. */
  NcclWatch(
      NcclControl control,
      int device,
      List<NcclCommunicator> communicators,
      List<StreamProgress> streams) {
    this.control = control;
    this.device = device;
    this.communicators = communicators;
    this.streams = streams;
    this.thread =
        Thread.ofPlatform().daemon().name("memo-nccl-watch-" + control.rank()).start(this::watch);
  }

  /**
   * @throws LostRankException where it has ended the collectives
   */
  void requireNoFailure() {
    LostRankException lost = failure;
    if (lost != null) {
      throw new LostRankException(lost.rank(), String.valueOf(lost.getMessage()), lost);
    }
  }

  /** Returns when it has come to an end, or an abort takes too long. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(LONGEST_ABORT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    while (!closed && failure == null) {
      try {
        CudaRuntime.setDevice(device); // else CUDA would set itself up on the first GPU, too
        look();
        LockSupport.parkNanos(LOOK_NANOS);
      } catch (LostRankException lost) {
        failure = lost;
      } catch (RuntimeException e) {
        failure = lost(e); // CUDA itself has failed
      }
    }
    if (failure != null) {
      abort();
    }
  }

  private void look() {
    control.requireWhole();
    for (NcclCommunicator communicator : communicators) {
      Optional<NcclException> error = communicator.asynchronousError();
      if (error.isPresent()) {
        throw lost(error.get());
      }
    }
    long patienceNanos = control.patience().toNanos();
    for (StreamProgress stream : streams) {
      // The rank's own thread has found the late rank by then, unless it is stuck itself.
      Optional<String> overdue = stream.overdue(patienceNanos + patienceNanos / 10);
      if (overdue.isPresent()) {
        throw lost(new IllegalStateException("it hangs in " + overdue.get()));
      }
    }
  }

  /** Whom the group has lost, where that is why something fails here; else this rank. */
  LostRankException lost(RuntimeException cause) {
    try {
      long start = System.nanoTime();
      while (System.nanoTime() - start < VERDICT_NANOS) {
        control.requireWhole();
        LockSupport.parkNanos(LOOK_NANOS);
      }
      control.fail(cause);
      control.requireWhole();
    } catch (LostRankException verdict) {
      return verdict;
    }
    return new LostRankException(
        control.rank(), "rank %d failed: %s".formatted(control.rank(), cause.getMessage()), cause);
  }

  private void abort() {
    try {
      NcclCommunicator.abort(communicators);
    } catch (NativeCallException e) {
      // They are as closed as they can be, and what is lost has been said.
    }
  }
}
