package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;
import org.memo.collective.SingleRank;
import org.memo.model.ParameterLayout.Tensor;
import org.memo.step.ParallelLayout;

class LongWorkTest {
  private final List<Boolean> told = new ArrayList<>();
  private final Deque<Boolean> other = new ArrayDeque<>();
  private int saves;
  private int reads;

  @Test
  void whoHasDoneItsPartMeetsTheOthersUntilNoneGoesOn() {
    other.addAll(List.of(true, true, false));
    work(Duration.ofHours(1)).finish();
    assertEquals(List.of(false, false, false), told);
  }

  @Test
  void whoGoesOnForLongSavesAndSaysSo() throws IOException {
    other.addAll(List.of(false, false, false));
    LongWork work = work(Duration.ofNanos(10));
    work.goesOn(() -> saves++);
    work.goesOn(() -> saves++);
    work.finish();
    assertEquals(List.of(true, true, false), told);
    assertEquals(2, saves);
  }

  @Test
  void whoReadsForLongSaysSo() {
    other.addAll(List.of(false, false));
    LongWork work = work(Duration.ofNanos(10));
    work.read((tensor, firstElement, floats) -> reads++)
        .read(new Tensor("bias", List.of(4L), 0), 0, MemorySegment.NULL);
    work.finish();
    assertEquals(List.of(true, false), told);
    assertEquals(1, reads);
  }

  @Test
  void whoIsQuickMeetsTheOthersOnce() throws IOException {
    other.add(false);
    LongWork work = work(Duration.ofHours(1));
    work.goesOn(() -> saves++);
    work.finish();
    assertEquals(List.of(false), told);
    assertEquals(0, saves);
    assertTrue(other.isEmpty());
  }

  private LongWork work(Duration timeout) {
    return new LongWork(new RunRanks(new Scripted(), ParallelLayout.SINGLE, timeout), "writing");
  }

  /** Rank 0 of two, the other of which says what it is told to. */
  private final class Scripted implements Collectives {
    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int ranks() {
      return 2;
    }

    @Override
    public int localRanks() {
      return 2;
    }

    @Override
    public CollectiveLog log() {
      return new CollectiveLog(false);
    }

    @Override
    public CollectiveChannel channel(String name, int ranks) {
      return new SingleRank();
    }

    @Override
    public List<byte[]> exchange(String what, byte[] mine) {
      told.add(mine[0] != 0);
      return List.of(mine, new byte[] {(byte) (other.remove() ? 1 : 0)});
    }

    @Override
    public void fail(Throwable cause) {}
  }
}
