package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.collective.LostRankException;
import org.memo.parallel.control.Loopback.Outcome;

/** What ranks exchange, and what they learn of a rank that fails, ends or does something else. */
@Timeout(60)
class ControlGroupTest {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final Duration MEDIUM = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofSeconds(2);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 16})
  void everyRankGetsWhatEachBringsInTheirOrder(int ranks) {
    Loopback.run(ranks, LONG, group -> exchangeOften(group)).forEach(Outcome::require);
  }

  private static boolean exchangeOften(ControlGroup group) {
    for (int round = 0; round < 30; round++) {
      List<byte[]> all = group.exchange("round " + round, bytes(group.rank(), round));
      assertEquals(group.ranks(), all.size());
      for (int rank = 0; rank < all.size(); rank++) {
        assertArrayEquals(bytes(rank, round), all.get(rank));
      }
    }
    return true;
  }

  /** Some of them equal, some empty, some large. */
  private static byte[] bytes(int rank, int round) {
    Random random = new Random(round * 8L + rank % 8);
    byte[] bytes = new byte[random.nextInt(4) * (round == 7 ? 300_000 : 30)];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void moreThanAnExchangeMayBringIsRefusedAtOnce() {
    byte[] tooMuch = new byte[ControlGroup.MAX_EXCHANGED_BYTES + 1];
    Loopback.run(
            2,
            LONG,
            group -> {
              assertThrows(
                  IllegalArgumentException.class, () -> group.exchange("too much", tooMuch));
              return exchangeOften(group);
            })
        .forEach(Outcome::require);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aRankThatIsLostRightBehindAnExchangeIsNamedWithWhatItDidBefore(int lost) {
    List<Outcome<Boolean>> outcomes =
        Loopback.run(
            2,
            Duration.ofMinutes(5),
            group -> {
              group.reportProgress(() -> "AllGather 1 of rank " + group.rank());
              group.exchange("step 1", new byte[1]);
              if (group.rank() != lost) {
                group.exchange("step 2", new byte[1]);
              }
              return true;
            });
    String sentence = outcomes.get(1 - lost).thrown().getMessage();
    assertTrue(sentence.endsWith("its last operation: AllGather 1 of rank " + lost), sentence);
  }

  @Test
  void ranksAtDifferentExchangesAreNamedWithBoth() {
    List<LostRankException> losses =
        losses(
            4, LONG, group -> group.exchange(group.rank() == 2 ? "plan" : "step 7", new byte[1]));
    String sentence = losses.getFirst().getMessage();
    assertTrue(sentence.contains("\"plan\"") && sentence.contains("\"step 7\""), sentence);
    assertTrue(sentence.contains("rank 2"), sentence);
  }

  @Test
  void aRankThatFailsIsToldToAllWithItsReasonAndLastOperation() {
    List<LostRankException> losses =
        losses(
            4,
            LONG,
            group -> {
              group.exchange("start", new byte[0]);
              if (group.rank() == 2) {
                group.reportProgress(() -> "AllGather 12 on stream \"compute\"");
                group.fail(new IllegalStateException("out of luck"));
                group.requireWhole();
              }
              group.exchange("next", new byte[0]);
            });
    assertEquals(
        "rank 2 failed: out of luck; its last operation: AllGather 12 on stream \"compute\"",
        losses.getFirst().getMessage());
  }

  @Test
  void aRankThatEndedBeforeAnExchangeIsNamed() {
    List<Outcome<LostRankException>> outcomes =
        Loopback.run(
            3,
            LONG,
            group -> group.rank() == 1 ? null : loss(() -> group.exchange("step 7", new byte[0])));
    assertNull(outcomes.get(1).require());
    assertEquals("rank 1 ended before exchange step 7", message(outcomes.get(0)));
    assertEquals("rank 1 ended before exchange step 7", message(outcomes.get(2)));
  }

  @Test
  void aRankZeroThatEndedBeforeAnExchangeIsNamed() {
    List<Outcome<LostRankException>> outcomes =
        Loopback.run(
            3,
            LONG,
            group -> group.rank() == 0 ? null : loss(() -> group.exchange("step 7", new byte[0])));
    assertEquals("rank 0 ended before exchange step 7", message(outcomes.get(1)));
    assertEquals("rank 0 ended before exchange step 7", message(outcomes.get(2)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aRankThatLivesButDoesNotComeIsNamedWithItsLastOperation(int absent) {
    List<LostRankException> losses =
        losses(
            3,
            Duration.ofSeconds(3),
            group -> {
              group.reportProgress(() -> "Gemm of rank " + group.rank());
              if (group.rank() == absent) {
                awaitLoss(group);
                group.requireWhole();
              }
              group.exchange("step 7", new byte[0]);
            });
    assertEquals(
        "rank %d did not come to exchange step 7 within 2.6 s; its last operation: Gemm of rank %d"
            .formatted(absent, absent),
        losses.getFirst().getMessage());
  }

  @Test
  void whoSearchesForALateRankHasWaitedForHalfOfItsTime() {
    List<LostRankException> losses =
        losses(
            2,
            Duration.ofSeconds(3),
            group -> {
              if (group.rank() == 1) {
                awaitLoss(group);
                group.requireWhole();
              }
              group.exchange(ControlGroup.SEARCH, new byte[0]);
            });
    String message = losses.getFirst().getMessage();
    assertTrue(message.contains("exchange the search for a late rank within 1.4 s"), message);
  }

  @Test
  void aRankThatIsMissedIsNamedByAllAlsoByThoseWhoMissItsVictims() {
    List<LostRankException> losses =
        losses(
            4,
            MEDIUM,
            group -> {
              switch (group.rank()) {
                case 0 -> throw group.suspect(1, "did not come to AllGather 3");
                case 1 -> throw group.suspect(3, "did not come to Shift 9 on stream ring");
                case 2 -> throw group.suspect(1, "did not come to AllGather 3");
                default -> awaitLoss(group);
              }
              group.requireWhole();
            });
    assertEquals(
        "rank 3 did not come to Shift 9 on stream ring, says rank 1",
        losses.getFirst().getMessage());
  }

  @Test
  void aFailureThatIsALostRankCountsAsASuspicion() {
    List<LostRankException> losses =
        losses(
            3,
            MEDIUM,
            group -> {
              if (group.rank() == 1) {
                group.fail(
                    new IllegalStateException(
                        new LostRankException(2, "rank 2 closed its connection", null)));
              }
              awaitLoss(group);
              group.requireWhole();
            });
    assertEquals("rank 2 closed its connection, says rank 1", losses.getFirst().getMessage());
  }

  @Test
  void aLossIsCalledBackOnceAlsoWhenItCameBefore() throws InterruptedException {
    BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    Loopback.run(
        1,
        LONG,
        group -> {
          group.onLost(loss -> calls.add("early " + loss.rank()));
          group.fail(new IllegalStateException("out of luck"));
          assertEquals("early 0", calls.poll(20, TimeUnit.SECONDS));
          group.onLost(loss -> calls.add("late " + loss.getMessage()));
          assertEquals("late rank 0 failed: out of luck", calls.poll(20, TimeUnit.SECONDS));
          return null;
        });
    assertNull(calls.poll(50, TimeUnit.MILLISECONDS));
  }

  @Test
  void whoeverIsStuckAfterALossIsCalledBack() {
    BlockingQueue<LostRankException> stuck = new LinkedBlockingQueue<>();
    List<Outcome<LostRankException>> outcomes =
        Loopback.run(
            2,
            SHORT,
            group -> {
              if (group.rank() == 0) {
                group.fail(new IllegalStateException("out of luck"));
                return null;
              }
              group.onStuck(stuck::add);
              return stuck.poll(20, TimeUnit.SECONDS);
            });
    assertEquals("rank 0 failed: out of luck", message(outcomes.get(1)));
  }

  @Test
  void whoeverClosesInTimeIsNotStuck() throws InterruptedException {
    BlockingQueue<LostRankException> stuck = new LinkedBlockingQueue<>();
    Loopback.run(
        2,
        SHORT,
        group -> {
          group.onStuck(stuck::add);
          group.fail(new IllegalStateException("out of luck"));
          return null;
        });
    assertNull(stuck.poll(400, TimeUnit.MILLISECONDS));
  }

  @Test
  void aClosedGroupAnswersAtOnce() {
    Loopback.run(
            2,
            LONG,
            group -> {
              group.close();
              group.close();
              assertThrows(
                  IllegalStateException.class, () -> group.exchange("too late", new byte[0]));
              assertEquals(1, group.suspect(1, "is missed").rank());
              group.fail(new IllegalStateException("too late"));
              return null;
            })
        .forEach(Outcome::require);
  }

  @Test
  void anInterruptIsKeptAndEndsNoExchange() {
    Loopback.run(
            2,
            LONG,
            group -> {
              if (group.rank() == 0) {
                Thread.currentThread().interrupt();
              } else {
                Thread.sleep(200);
              }
              List<byte[]> all = group.exchange("start", utf8("rank " + group.rank()));
              assertEquals("rank 1", new String(all.get(1), StandardCharsets.UTF_8));
              assertEquals(group.rank() == 0, Thread.interrupted());
              return null;
            })
        .forEach(Outcome::require);
  }

  /** What all ranks throw: the same loss. */
  private static List<LostRankException> losses(int ranks, Duration timeout, Action action) {
    List<LostRankException> losses =
        Loopback.run(ranks, timeout, group -> loss(() -> action.run(group))).stream()
            .map(Outcome::require)
            .toList();
    for (LostRankException loss : losses) {
      assertEquals(losses.getFirst().getMessage(), loss.getMessage());
      assertEquals(losses.getFirst().rank(), loss.rank());
    }
    return losses;
  }

  @FunctionalInterface
  private interface Action {
    void run(ControlGroup group) throws Exception;
  }

  private static LostRankException loss(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(LostRankException.class, action);
  }

  private static String message(Outcome<LostRankException> outcome) {
    return assertNotNullLoss(outcome.require()).getMessage();
  }

  private static LostRankException assertNotNullLoss(LostRankException loss) {
    assertNotNull(loss);
    return loss;
  }

  private static void awaitLoss(ControlGroup group) throws InterruptedException {
    BlockingQueue<LostRankException> lost = new LinkedBlockingQueue<>();
    group.onLost(lost::add);
    assertNotNull(lost.poll(30, TimeUnit.SECONDS));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
