package org.memo.parallel.nccl;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A native call that waits for other ranks with no end of its own: it runs in a thread that is left
 * behind where they do not come.
 *
 * @param whileWaiting called again and again; what it throws ends the wait
 */
record AbandonableCall(String name, Runnable whileWaiting) {
  private static final long LOOK_MILLIS = 20;

  /** What the call gives; empty where it took longer. An interrupt is kept for the caller. */
  <T> Optional<T> run(Duration limit, Supplier<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name(name).start(() -> complete(result, call));
    long start = System.nanoTime();
    boolean interrupted = false;
    try {
      while (System.nanoTime() - start < limit.toNanos()) {
        whileWaiting.run();
        try {
          return Optional.of(result.get(LOOK_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          continue;
        } catch (ExecutionException e) {
          throw thrown(e);
        }
      }
      return Optional.empty();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static <T> void complete(CompletableFuture<T> result, Supplier<T> call) {
    try {
      result.complete(call.get());
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }

  private static RuntimeException thrown(ExecutionException failed) {
    return switch (failed.getCause()) {
      case Error e -> throw e;
      case RuntimeException e -> e;
      case null, default -> new IllegalStateException(failed);
    };
  }
}
