package org.memo.device.host;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceException;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.op.Operation;

/**
 * A stream as one worker thread with a queue. After an operation fails the rest of the queue is
 * passed over, events are still opened so that no other stream hangs, and every later {@link
 * #synchronize} throws the first failure.
 */
final class HostStream implements Stream, AutoCloseable {
  private static final Runnable STOP = () -> {};

  /**
   * Entries that may wait: enough to keep the worker busy, and no step's whole program. A stream
   * waits only for fences whose work was queued before, so a full queue always empties.
   */
  private static final int QUEUE_CAPACITY = 4096;

  private final String name;
  private final Consumer<Operation> executor;
  private final Consumer<Throwable> onFailure;
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>(QUEUE_CAPACITY);
  private final AtomicLong stalledNanos = new AtomicLong();
  private final Thread worker;
  private volatile @Nullable DeviceException failure;
  private boolean closed;

  /**
   * @param prepare runs first in the worker thread
   * @param executor runs an operation in the worker thread
   * @param onFailure is told what failed, in the worker thread
   */
  HostStream(
      String name, Runnable prepare, Consumer<Operation> executor, Consumer<Throwable> onFailure) {
    this.name = name;
    this.executor = executor;
    this.onFailure = onFailure;
    this.worker = Thread.ofPlatform().daemon().name("memo-" + name).unstarted(this::work);
    enqueue(() -> run("its start", prepare));
    worker.start();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void submit(Operation operation) {
    enqueue(() -> {
      if (failure == null) {
        run(operation.name(), () -> executor.accept(operation));
      }
    });
  }

  @Override
  public void record(Event event) {
    CountDownLatch fence = ((HostEvent) event).renew();
    enqueue(fence::countDown);
  }

  @Override
  public void await(Event event) {
    CountDownLatch fence = ((HostEvent) event).newest();
    enqueue(() -> stallUntil(fence));
  }

  @Override
  public void synchronize() {
    CountDownLatch end = new CountDownLatch(1);
    enqueue(end::countDown);
    Uninterruptibly.run(end::await);
    DeviceException failed = failure;
    if (failed != null) {
      throw new DeviceException(String.valueOf(failed.getMessage()), failed);
    }
  }

  @Override
  public long stalledNanos() {
    return stalledNanos.get();
  }

  /** Runs what is queued, then ends the worker. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    enqueue(STOP);
    closed = true;
    Uninterruptibly.run(worker::join);
  }

  private void work() {
    try {
      for (Runnable task = queue.take(); task != STOP; task = queue.take()) {
        task.run();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the worker of stream " + name, e);
    }
  }

  private void run(String what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failure =
          new DeviceException(
              "%s failed on stream %s: %s".formatted(what, name, e.getMessage()), e);
      onFailure.accept(e);
    }
  }

  private void enqueue(Runnable entry) {
    if (closed) {
      throw new IllegalStateException("stream " + name + " is closed");
    }
    Uninterruptibly.run(() -> queue.put(entry));
  }

  private void stallUntil(CountDownLatch fence) {
    if (fence.getCount() == 0) {
      return;
    }
    long start = System.nanoTime();
    Uninterruptibly.run(fence::await);
    stalledNanos.addAndGet(System.nanoTime() - start);
  }
}
