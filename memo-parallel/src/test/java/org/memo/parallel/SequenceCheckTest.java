package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.CollectiveLog;
import org.memo.collective.LostRankException;
import org.memo.collective.SequenceCheck;
import org.memo.device.DeviceRegion;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Barrier;
import org.memo.op.Broadcast;

/** Ranks find out together whether they did the same. */
@Timeout(60)
class SequenceCheckTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(50);
  private static final int RANKS = 3;

  /** What a rank's device writes before it compares for the nth time. */
  @FunctionalInterface
  private interface Step {
    void write(CollectiveLog log, int rank, int step);
  }

  private static void compareEachStep(int steps, boolean keeps, Step program) {
    InProcessRanks.run(
        RANKS,
        TIMEOUT,
        collectives -> {
          CollectiveLog log = new CollectiveLog(keeps);
          for (int step = 0; step < steps; step++) {
            program.write(log, collectives.rank(), step);
            SequenceCheck.run(collectives, log, "of step " + step);
          }
        });
  }

  @Test
  void ranksThatDoTheSameGoOn() {
    compareEachStep(
        3,
        true,
        (log, rank, step) -> {
          log.began("gather", new Barrier(RANKS));
          log.began("compute", bytes(8 + step));
        });
  }

  @Test
  void theFirstDifferenceIsNamedOnEveryRank() {
    LostRankException differs =
        assertThrows(
            LostRankException.class,
            () ->
                compareEachStep(
                    2,
                    true,
                    (log, rank, step) -> {
                      log.began("gather", new Barrier(RANKS));
                      log.began("compute", bytes(8));
                      log.began("compute", bytes(step == 1 && rank == 2 ? 16 : 8));
                      log.began("compute", new Barrier(RANKS));
                    }));
    assertEquals(2, differs.rank());
    assertEquals(
        "rank 2 does Broadcast of 16 bytes as number 5 on stream compute"
            + " where rank 0 does Broadcast of 8 bytes",
        differs.getMessage());
  }

  @Test
  void whatWasDoneInAnotherOrderDiffers() {
    assertThrows(
        LostRankException.class,
        () ->
            compareEachStep(
                1,
                true,
                (log, rank, step) -> {
                  log.began("compute", rank == 1 ? bytes(8) : new Barrier(RANKS));
                  log.began("compute", rank == 1 ? new Barrier(RANKS) : bytes(8));
                }));
  }

  /** Parameters of the next step may be on their way already, on some ranks. */
  @Test
  void aStreamThatIsAheadIsComparedLater() {
    compareEachStep(
        2,
        true,
        (log, rank, step) -> {
          if (rank == 1 || step == 1) {
            log.began("gather", bytes(8));
          }
          if (rank == 1 && step == 1) {
            log.began("gather", bytes(16));
          }
        });
    LostRankException differs =
        assertThrows(
            LostRankException.class,
            () ->
                compareEachStep(
                    2,
                    true,
                    (log, rank, step) -> {
                      if (rank == 1 && step == 0 || rank != 1 && step == 1) {
                        log.began("gather", bytes(rank == 1 ? 16 : 8));
                      }
                    }));
    assertEquals(1, differs.rank());
  }

  @Test
  void nothingIsComparedWhereNobodyAsks() {
    compareEachStep(1, false, (log, rank, step) -> log.began("compute", bytes(8 + rank)));
  }

  @Test
  void aLogTellsTheNewestOfAllStreamsAndWhetherItEnded() {
    CollectiveLog log = new CollectiveLog(false);
    assertEquals("", log.last());
    log.began("gather", new Barrier(RANKS));
    log.began("compute", new AllReduceDoubles(new DeviceRegion(0, 8), RANKS));
    assertEquals("AllReduceDoubles of 8 bytes (number 1 on stream compute, not ended)", log.last());
    log.ended("compute");
    assertEquals("AllReduceDoubles of 8 bytes (number 1 on stream compute, ended)", log.last());
  }

  private static Broadcast bytes(long sizeBytes) {
    return new Broadcast(new DeviceRegion(0, sizeBytes), RANKS);
  }
}
