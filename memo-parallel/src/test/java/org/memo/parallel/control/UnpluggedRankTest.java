package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.collective.LostRankException;
import org.memo.parallel.control.Loopback.Outcome;
import org.memo.parallel.launch.Launch;

/** Connections that end or fall silent, at any moment, as of processes that die or stop. */
@Timeout(60)
class UnpluggedRankTest {
  private static final Duration MEDIUM = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofSeconds(3);
  private static final int RANKS = 4;

  @Test
  void aRankWhoseConnectionEndsIsNamedByAllAtOnce() throws IOException {
    List<LostRankException> losses = losses(MEDIUM, List.of(2), Proxy::cut);
    for (int rank : new int[] {0, 1, 3}) {
      assertEquals(2, losses.get(rank).rank(), losses.get(rank).getMessage());
      assertEquals(losses.getFirst().getMessage(), losses.get(rank).getMessage());
      assertTrue(losses.get(rank).getMessage().endsWith("its last operation: step 3 of rank 2"));
    }
    assertEquals(0, losses.get(2).rank(), "it only sees that rank 0 has gone");
  }

  @Test
  void aRankThatFallsSilentIsNamedByAllWithinTheTimeout() throws IOException {
    List<LostRankException> losses = losses(SHORT, List.of(1), Proxy::unplug);
    for (int rank : new int[] {0, 2, 3}) {
      assertEquals(1, losses.get(rank).rank(), losses.get(rank).getMessage());
    }
    assertEquals(0, losses.get(1).rank());
    assertTrue(losses.get(1).getMessage().startsWith("rank 0 was not heard for "));
  }

  /** Rank 0 waits for the silent rank itself, for a moment less than rank 3 waits for rank 0. */
  @Test
  void aRankThatFallsSilentIsNamedThoughAnotherOneIsSuspectedFirst() throws IOException {
    List<LostRankException> losses =
        losses(
            SHORT,
            List.of(1),
            Proxy::unplug,
            group -> {
              if (group.rank() == 3) {
                Thread.sleep(group.patience().toMillis() * 2 / 3);
                throw group.suspect(0, "did not come to AllGather 1");
              }
              exchangeForEver(group);
            });
    for (int rank : new int[] {0, 2, 3}) {
      assertEquals(1, losses.get(rank).rank(), losses.get(rank).getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRankZeroThatIsLostIsNamedByAll(boolean cut) throws IOException {
    List<LostRankException> losses =
        losses(cut ? MEDIUM : SHORT, List.of(1, 2, 3), cut ? Proxy::cut : Proxy::unplug);
    for (int rank : new int[] {1, 2, 3}) {
      assertEquals(0, losses.get(rank).rank(), losses.get(rank).getMessage());
      assertTrue(losses.get(rank).getMessage().endsWith("its last operation: step 3 of rank 0"));
    }
    if (!cut) {
      assertEquals(0, losses.get(0).rank(), losses.get(0).getMessage());
      assertTrue(losses.get(0).getMessage().startsWith("rank 0 heard none of the other 3 ranks"));
    }
  }

  /** What all ranks throw when some of rank 0's cables fail after a few exchanges. */
  private static List<LostRankException> losses(
      Duration timeout, List<Integer> behindCables, Consumer<Proxy> failure) throws IOException {
    return losses(timeout, behindCables, failure, UnpluggedRankTest::exchangeForEver);
  }

  /**
   * @param afterwards what each rank does until it loses another
   */
  private static List<LostRankException> losses(
      Duration timeout, List<Integer> behindCables, Consumer<Proxy> failure, Afterwards afterwards)
      throws IOException {
    List<Launch> launches = new ArrayList<>(Loopback.launches(RANKS));
    List<Proxy> cables = new ArrayList<>();
    for (int rank : behindCables) {
      cables.add(new Proxy(launches.get(rank)));
      launches.set(rank, cables.getLast().launch());
    }
    try {
      AtomicLong ready = new AtomicLong();
      return Loopback.<LostRankException>run(
              launches,
              launch -> Loopback.meet(launch, timeout),
              group -> loss(group, ready, () -> cables.forEach(failure), afterwards))
          .stream()
          .map(Outcome::require)
          .toList();
    } finally {
      for (Proxy cable : cables) {
        cable.close();
      }
    }
  }

  /** What a rank does. */
  @FunctionalInterface
  private interface Afterwards {
    void run(ControlGroup group) throws InterruptedException;
  }

  private static void exchangeForEver(ControlGroup group) throws InterruptedException {
    while (true) {
      group.exchange("more", new byte[100]);
      Thread.sleep(10);
    }
  }

  private static LostRankException loss(
      ControlGroup group, AtomicLong ready, Runnable failure, Afterwards afterwards)
      throws InterruptedException {
    group.reportProgress(() -> "step 3 of rank " + group.rank());
    for (int step = 0; step < 3; step++) {
      group.exchange("step " + step, new byte[100]);
    }
    Thread.sleep(group.timeout().toMillis() / 10); // a heartbeat
    if (ready.incrementAndGet() == group.ranks()) {
      failure.run();
    }
    return assertThrows(LostRankException.class, () -> afterwards.run(group));
  }
}
