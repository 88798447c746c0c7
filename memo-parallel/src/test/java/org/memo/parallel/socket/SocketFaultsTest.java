package org.memo.parallel.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.CallText;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;
import org.memo.op.Barrier;
import org.memo.parallel.TestMemory;

/** A rank closes, stalls, stays away, or does something else: all others are told of it alike. */
@Timeout(60)
class SocketFaultsTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final Duration SHORT = Duration.ofSeconds(2);

  /** More than socket buffers take. */
  private static final int MANY_BYTES = 32 << 20;

  private static final String GATHER = CallText.allGather(MANY_BYTES);

  /** What a rank does that is none of ours. */
  @FunctionalInterface
  private interface Misdeed {
    void commit(RogueRank rogue) throws Exception;
  }

  /** What rank 0 says when it gathers with a rank that misbehaves. */
  private static LostRankException gatherWith(Duration timeout, Misdeed misdeed) {
    try (SocketRanks ranks = SocketRanks.open(2, timeout)) {
      List<Throwable> thrown =
          ranks.outcomes(collectives -> {
            if (collectives.rank() == 1) {
              RogueRank rogue = new RogueRank(ranks.control(1), ranks.door(0));
              misdeed.commit(rogue);
            } else {
              gather(collectives, MANY_BYTES);
            }
          });
      return assertInstanceOf(LostRankException.class, thrown.getFirst());
    }
  }

  @Test
  void aRankThatClosesInMidMessageIsNamed() {
    LostRankException lost =
        gatherWith(
            LONG,
            rogue -> {
              rogue.call(GATHER);
              rogue.say(new byte[1000]);
              rogue.close();
            });
    assertEquals(1, lost.rank());
    String how = "closed its connection in " + GATHER + " on stream compute";
    assertTrue(lost.getMessage().contains(how), lost.getMessage());
  }

  @Test
  void aRankThatTakesNothingIsNamedThoughItSendsAll() {
    LostRankException lost =
        gatherWith(
            SHORT,
            rogue -> {
              rogue.call(GATHER);
              rogue.say(new byte[MANY_BYTES]);
            });
    assertEquals(1, lost.rank());
    String how = "stopped in " + GATHER + " on stream compute: nothing moved for 1.6 s";
    assertTrue(lost.getMessage().contains(how), lost.getMessage());
  }

  @Test
  void aRankThatSendsGarbageForACallIsNamedAtOnce() {
    LostRankException lost =
        gatherWith(
            LONG,
            rogue -> {
              rogue.say(new byte[2000]);
              rogue.read(16);
            });
    assertEquals(1, lost.rank());
    assertTrue(lost.getMessage().contains(GATHER), lost.getMessage());
  }

  @Test
  void aRankThatDoesNotComeIsNamedByAllThoughTheyWaitForEachOtherToo() {
    try (SocketRanks ranks = SocketRanks.open(4, SHORT)) {
      List<Throwable> thrown =
          ranks.outcomes(collectives -> {
            collectives.channel("compute").broadcast(TestMemory.garbage(200_000));
            if (collectives.rank() == 1) {
              collectives.log().began("reduce", new Barrier(4));
              assertThrows(LostRankException.class, () -> waitForTheVerdict(ranks, 1));
            } else {
              collectives.channel("compute").broadcast(TestMemory.garbage(200_000));
            }
          });
      for (int rank : new int[] {0, 2, 3}) {
        LostRankException lost = assertInstanceOf(LostRankException.class, thrown.get(rank));
        assertEquals(1, lost.rank());
        String how = "did not come within 1.6 s to Broadcast of 200000 bytes on stream compute";
        assertTrue(lost.getMessage().contains(how), lost.getMessage());
        String last = "Barrier (number 1 on stream reduce, not ended)";
        assertTrue(lost.getMessage().contains(last), lost.getMessage());
      }
    }
  }

  private static void waitForTheVerdict(SocketRanks ranks, int rank) throws InterruptedException {
    while (true) {
      ranks.control(rank).requireWhole();
      Thread.sleep(10);
    }
  }

  @Test
  void ranksThatDoDifferentThingsAreBothQuotedWithTheStream() {
    try (SocketRanks ranks = SocketRanks.open(3, LONG)) {
      List<Throwable> thrown =
          ranks.outcomes(collectives -> {
            if (collectives.rank() == 2) {
              collectives.channel("compute").allReduce(TestMemory.of(1, 2));
            } else {
              gather(collectives, 8);
            }
          });
      for (Throwable each : thrown) {
        LostRankException lost = assertInstanceOf(LostRankException.class, each);
        assertEquals(2, lost.rank());
        String calls = "rank 2 calls AllReduce of 8 bytes (number 1 on stream compute) where rank ";
        assertTrue(lost.getMessage().startsWith(calls), lost.getMessage());
        String others = " calls AllGather of shards of 8 bytes (number 1)";
        assertTrue(lost.getMessage().contains(others), lost.getMessage());
      }
    }
  }

  @Test
  void aRankThatFailsReleasesTheOthersAtOnce() {
    try (SocketRanks ranks = SocketRanks.open(4, Duration.ofHours(1))) {
      List<Throwable> thrown =
          ranks.outcomes(collectives -> {
            gather(collectives, 4);
            if (collectives.rank() == 2) {
              throw new IllegalStateException("out of luck");
            }
            gather(collectives, 4);
          });
      for (int rank : new int[] {0, 1, 3}) {
        LostRankException lost = assertInstanceOf(LostRankException.class, thrown.get(rank));
        assertEquals(2, lost.rank());
        assertTrue(lost.getMessage().startsWith("rank 2 failed: out of luck"), lost.getMessage());
      }
    }
  }

  @Test
  void aCallThatFailsOnOneRankFailsOnAll() {
    try (SocketRanks ranks = SocketRanks.open(3, LONG)) {
      List<Throwable> thrown =
          ranks.outcomes(collectives ->
              collectives
                  .channel("compute")
                  .reduceScatter(
                      TestMemory.garbage(collectives.rank() == 1 ? 8 : 12),
                      TestMemory.garbage(4),
                      false));
      for (Throwable each : thrown) {
        assertEquals(1, assertInstanceOf(LostRankException.class, each).rank());
      }
    }
  }

  @Test
  void twoThreadsOnOneStreamAreRefused() {
    try (SocketRanks ranks = SocketRanks.open(2, SHORT)) {
      ranks.outcomes(collectives -> {
        if (collectives.rank() == 0) {
          Thread first = Thread.ofPlatform().start(() -> barrier(collectives));
          while (first.getState() != Thread.State.RUNNABLE) {
            Thread.onSpinWait();
          }
          Thread.sleep(50);
          assertThrows(IllegalStateException.class, () -> barrier(collectives));
          first.join();
        }
      });
    }
  }

  private static void barrier(Collectives collectives) {
    try {
      collectives.channel("compute").barrier();
    } catch (LostRankException e) {
      // nobody else comes
    }
  }

  private static void gather(Collectives collectives, int shardBytes) {
    MemorySegment whole = TestMemory.garbage((long) collectives.ranks() * shardBytes);
    collectives.channel("compute").allGather(TestMemory.garbage(shardBytes), whole);
  }
}
