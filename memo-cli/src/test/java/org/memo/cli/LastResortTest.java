package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.LostRankException;

@Timeout(30)
class LastResortTest {
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private final LostRankException lost = new LostRankException(2, "rank 2 has gone", null);

  @Test
  void itSaysWhyAndEndsTheProcess() {
    StringWriter err = new StringWriter();
    new LastResort(new PrintWriter(err), "memo: rank 1", ended::complete).end(lost);
    assertEquals(ExitCode.RUN_FAILED, ended.join());
    assertTrue(err.toString().startsWith("memo: rank 1: rank 2 has gone; "), err.toString());
  }

  @Test
  void ofRanksThatFailTogetherOneSpeaks() {
    StringWriter err = new StringWriter();
    LastResort lastResort = new LastResort(new PrintWriter(err), "memo", ended::complete);
    lastResort.end(lost);
    lastResort.end(new LostRankException(3, "rank 3 has gone", null));
    assertEquals(1, err.toString().lines().count(), err.toString());
  }

  @Test
  void withoutMemoryForWordsTheProcessEndsAllTheSame() {
    RuntimeException wordless =
        new RuntimeException() {
          @Override
          public String getMessage() {
            throw new OutOfMemoryError("on purpose");
          }
        };
    LastResort lastResort =
        new LastResort(new PrintWriter(new StringWriter()), "memo", ended::complete);
    assertThrows(OutOfMemoryError.class, () -> lastResort.end(wordless));
    assertEquals(ExitCode.INTERNAL_ERROR, ended.join());
  }

  @Test
  void aProcessWhoseWordsNobodyReadsEndsAllTheSame() {
    CountDownLatch never = new CountDownLatch(1);
    Writer full =
        new Writer() {
          @Override
          public void write(char[] text, int offset, int length) {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    new LastResort(new PrintWriter(full), "memo", ended::complete).end(lost);
    assertEquals(ExitCode.RUN_FAILED, ended.join());
    never.countDown();
  }
}
