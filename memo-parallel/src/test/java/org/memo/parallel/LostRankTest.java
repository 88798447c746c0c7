package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.RunFailedException;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;
import org.memo.op.Barrier;

/** One rank fails, ends, stays away or does something else: the others are told, and none hangs. */
@Timeout(60)
class LostRankTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final int RANKS = 4;

  private final Map<Integer, LostRankException> told = new ConcurrentHashMap<>();

  @Test
  void aRankThatDiesReleasesTheOthersWhoAreToldWhichAndWhy() {
    RuntimeException death = new IllegalStateException("out of luck");
    RuntimeException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                InProcessRanks.run(
                    RANKS,
                    LONG,
                    collectives -> {
                      gatherAFewTimes(collectives);
                      if (collectives.rank() == 2) {
                        throw death;
                      }
                      noteLoss(collectives, LostRankTest::gather);
                    }));
    assertSame(death, thrown);
    assertEquals(0, thrown.getSuppressed().length, "the others have only lost rank 2");
    assertEquals(RANKS - 1, told.size());
    for (LostRankException loss : told.values()) {
      assertEquals(2, loss.rank());
      assertEquals("rank 2 failed: out of luck", loss.getMessage());
    }
  }

  @Test
  void whatIsLeftOfTheRunEachRankSaysItself() {
    assertThrows(
        RunFailedException.class,
        () ->
            InProcessRanks.run(
                RANKS,
                LONG,
                collectives -> {
                  if (collectives.rank() == 2) {
                    throw new RunFailedException(3, "step 3: bad luck", "all is whole", null);
                  }
                  noteLoss(collectives, LostRankTest::gather);
                }));
    assertEquals(RANKS - 1, told.size());
    told.values()
        .forEach(loss -> assertEquals("rank 2 failed: step 3: bad luck", loss.getMessage()));
  }

  @Test
  void ranksDyingAtAnyMomentLeaveNobodyHanging() {
    for (int round = 0; round < 100; round++) {
      int dying = round % RANKS;
      int lastCall = round / RANKS;
      assertThrows(
          ArithmeticException.class,
          () ->
              InProcessRanks.run(
                  RANKS,
                  LONG,
                  collectives -> {
                    for (int call = 0; call < 30; call++) {
                      if (collectives.rank() == dying && call == lastCall) {
                        throw new ArithmeticException("call " + call);
                      }
                      gather(collectives);
                    }
                  }));
    }
  }

  @Test
  void aCheckedFailureNamesItsRank() {
    LostRankException thrown =
        assertThrows(
            LostRankException.class,
            () ->
                InProcessRanks.run(
                    RANKS,
                    LONG,
                    collectives -> {
                      if (collectives.rank() == 3) {
                        throw new IOException("disk full");
                      }
                      gather(collectives);
                    }));
    assertEquals("rank 3 failed: disk full", thrown.getMessage());
    assertEquals(3, thrown.rank());
  }

  @Test
  void aRankThatEndsEarlyIsNamed() {
    LostRankException thrown =
        assertThrows(
            LostRankException.class,
            () ->
                InProcessRanks.run(
                    RANKS,
                    LONG,
                    collectives -> {
                      if (collectives.rank() != 1) {
                        gather(collectives);
                      }
                    }));
    assertEquals(1, thrown.rank());
    assertTrue(thrown.getMessage().contains("rank 1 ended before AllGather"), thrown.getMessage());
  }

  @Test
  void aRankThatDoesNotComeInTimeIsNamed() {
    Duration briefly = Duration.ofMillis(50);
    List<InProcessCollectives> group = InProcessCollectives.group(2, briefly);
    InProcessCollectives present = group.getFirst();
    group.getLast().log().began("reduce", new Barrier(2));
    group.getLast().log().ended("reduce");
    LostRankException thrown = assertThrows(LostRankException.class, () -> gather(present));
    assertEquals(1, thrown.rank());
    assertEquals(
        "rank 1 did not come to AllGather of shards of 4 bytes within 0.05 s on stream test; its"
            + " last collective was Barrier (number 1 on stream reduce, ended)",
        thrown.getMessage());
    assertThrows(LostRankException.class, () -> gather(present), "a failed group stays failed");
  }

  @Test
  void ranksThatDoDifferentThingsAreBothQuoted() {
    LostRankException thrown =
        assertThrows(
            LostRankException.class,
            () ->
                InProcessRanks.run(
                    2,
                    LONG,
                    collectives -> {
                      MemorySegment values = MemorySegment.ofArray(new float[2]);
                      if (collectives.rank() == 0) {
                        collectives.channel("test").allReduce(values);
                      } else {
                        collectives
                            .channel("test")
                            .allGather(values, MemorySegment.ofArray(new float[4]));
                      }
                    }));
    assertTrue(thrown.getMessage().contains("AllReduce of 8 bytes"), thrown.getMessage());
    assertTrue(thrown.getMessage().contains("AllGather of shards of 8"), thrown.getMessage());
  }

  @Test
  void aCallThatFailsOnOneRankFailsOnAll() {
    assertThrows(
        RuntimeException.class,
        () ->
            InProcessRanks.run(
                RANKS,
                LONG,
                collectives ->
                    noteLoss(
                        collectives,
                        c -> {
                          int elements = c.rank() == 1 ? RANKS - 1 : RANKS;
                          c.channel("test")
                              .reduceScatter(
                                  MemorySegment.ofArray(new float[elements]),
                                  MemorySegment.ofArray(new float[1]),
                                  false);
                        })));
    assertEquals(RANKS, told.size());
  }

  @Test
  void channelsDoNotMixWhateverTheOrderOfTheirThreads() {
    InProcessRanks.run(
        3,
        LONG,
        collectives -> {
          Thread other = Thread.ofPlatform().start(() -> gatherOn(collectives, "b", 200));
          gatherOn(collectives, "a", 200);
          other.join();
          gatherOn(collectives, "b", 1);
        });
  }

  @Test
  void aGroupOfNobodyIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> InProcessCollectives.group(0, LONG));
  }

  private interface Use {
    void of(Collectives collectives);
  }

  private void noteLoss(Collectives collectives, Use use) {
    try {
      use.of(collectives);
    } catch (LostRankException e) {
      told.put(collectives.rank(), e);
      throw e;
    }
  }

  private static void gatherAFewTimes(Collectives collectives) {
    gatherOn(collectives, "test", 5);
  }

  private static void gather(Collectives collectives) {
    gatherOn(collectives, "test", 1);
  }

  private static void gatherOn(Collectives collectives, String name, int times) {
    CollectiveChannel channel = collectives.channel(name);
    float[] whole = new float[collectives.ranks()];
    for (int i = 0; i < times; i++) {
      float[] shard = {collectives.rank() + name.charAt(0)};
      channel.allGather(MemorySegment.ofArray(shard), MemorySegment.ofArray(whole));
      for (int rank = 0; rank < whole.length; rank++) {
        assertEquals(rank + name.charAt(0), whole[rank]);
      }
    }
  }
}
