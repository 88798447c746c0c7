package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NamesTest {
  @Test
  void anAddressIsItsOwnName() throws UnknownHostException {
    InetAddress[] found = Names.addresses("127.0.0.1", Duration.ofSeconds(20));
    assertEquals("127.0.0.1", found[0].getHostAddress());
  }

  @Test
  void aNameThatNobodyAnswersForIsUnknownInTime() {
    CountDownLatch never = new CountDownLatch(1);
    UnknownHostException unknown =
        assertThrows(
            UnknownHostException.class,
            () ->
                Names.within(
                    Duration.ofMillis(100),
                    () -> {
                      never.await();
                      return "";
                    }));
    assertEquals("no answer within 0.1 s", unknown.getMessage());
    never.countDown();
  }

  @Test
  void whyANameIsUnknownIsTold() {
    UnknownHostException unknown =
        assertThrows(
            UnknownHostException.class,
            () ->
                Names.within(
                    Duration.ofSeconds(20),
                    () -> {
                      throw new UnknownHostException("no such machine");
                    }));
    assertTrue(unknown.getMessage().contains("no such machine"), unknown.getMessage());
  }
}
