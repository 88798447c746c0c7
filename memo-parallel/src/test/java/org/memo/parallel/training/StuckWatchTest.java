package org.memo.parallel.training;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StuckWatchTest {
  private final CompletableFuture<Throwable> told = new CompletableFuture<>();
  private final StuckWatch watch = new StuckWatch(Duration.ofMillis(100), told::complete);
  private final RuntimeException failure = new RuntimeException("the first");

  @Test
  void aFailedRunThatDoesNotEndIsTold() {
    watch.failed(failure);
    assertSame(failure, told.join());
  }

  @Test
  void aRunThatEndedInTimeIsLeftAlone() throws InterruptedException {
    watch.ended();
    watch.failed(failure);
    Thread.sleep(50);
    assertFalse(told.isDone());
  }
}
