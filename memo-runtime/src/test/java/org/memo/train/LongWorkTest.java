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
import org.memo.collective.Collectives;
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
    Collectives two = new ScriptedRanks(2, this::exchange);
    return new LongWork(new RunRanks(two, ParallelLayout.SINGLE, timeout), "writing");
  }

  /** With another rank that says what it is told to. */
  private List<byte[]> exchange(String what, byte[] mine) {
    told.add(mine[0] != 0);
    return List.of(mine, new byte[] {(byte) (other.remove() ? 1 : 0)});
  }
}
