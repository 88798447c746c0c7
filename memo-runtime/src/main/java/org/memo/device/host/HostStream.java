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

  private final String name;
  private final Consumer<Operation> executor;
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final AtomicLong stalledNanos = new AtomicLong();
  private final Thread worker;
  private volatile @Nullable DeviceException failure;

  /**
   * @param prepare runs first in the worker thread
   * @param executor runs an operation in the worker thread
   */
  HostStream(String name, Runnable prepare, Consumer<Operation> executor) {
    this.name = name;
    this.executor = executor;
    this.worker = Thread.ofPlatform().daemon().name("memo-" + name).unstarted(this::work);
    queue.add(prepare);
    worker.start();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void submit(Operation operation) {
    queue.add(
        () -> {
          if (failure == null) {
            run(operation);
          }
        });
  }

  @Override
  public void record(Event event) {
    CountDownLatch fence = ((HostEvent) event).renew();
    queue.add(fence::countDown);
  }

  @Override
  public void await(Event event) {
    CountDownLatch fence = ((HostEvent) event).newest();
    queue.add(() -> stallUntil(fence));
  }

  @Override
  public void synchronize() {
    CountDownLatch end = new CountDownLatch(1);
    queue.add(end::countDown);
    awaitUninterruptibly(end);
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
    queue.add(STOP);
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
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

  private void run(Operation operation) {
    try {
      executor.accept(operation);
    } catch (RuntimeException | Error e) {
      failure =
          new DeviceException(
              "%s failed on stream %s: %s".formatted(operation.name(), name, e.getMessage()), e);
    }
  }

  private void stallUntil(CountDownLatch fence) {
    if (fence.getCount() == 0) {
      return;
    }
    long start = System.nanoTime();
    awaitUninterruptibly(fence);
    stalledNanos.addAndGet(System.nanoTime() - start);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
