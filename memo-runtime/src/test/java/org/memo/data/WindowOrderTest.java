package org.memo.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowOrderTest {
  @Test
  void inSequenceTheFirstWindowFollowsTheLast() {
    WindowOrder order = new WindowOrder(DataOrder.SEQUENTIAL, 3, 0);
    assertArrayEquals(new long[] {0, 1, 2, 0, 1}, take(order, 0, 5));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 64, 65, 1000})
  void shuffledEachEpochTakesEachWindowOnce(long count) {
    WindowOrder order = new WindowOrder(DataOrder.SHUFFLED, count, 11);
    long[] all = LongStream.range(0, count).toArray();
    for (long epoch = 0; epoch < 3; epoch++) {
      assertArrayEquals(all, Arrays.stream(take(order, epoch * count, count)).sorted().toArray());
    }
  }

  @Test
  void seedsAndEpochsShuffleDifferently() {
    WindowOrder order = new WindowOrder(DataOrder.SHUFFLED, 100, 1);
    long[] first = take(order, 0, 100);
    assertFalse(Arrays.equals(first, take(order, 100, 100)));
    assertFalse(Arrays.equals(first, take(new WindowOrder(DataOrder.SHUFFLED, 100, 2), 0, 100)));
    assertArrayEquals(first, take(new WindowOrder(DataOrder.SHUFFLED, 100, 1), 0, 100));
  }

  @Test
  void shuffledPlacesAreSpreadOverAllWindows() {
    long[] count = new long[8];
    for (long seed = 0; seed < 4000; seed++) {
      count[(int) new WindowOrder(DataOrder.SHUFFLED, 8, seed).windowAt(3)]++;
    }
    // 500 each on average, with a standard deviation of 21
    for (long times : count) {
      assertTrue(Math.abs(times - 500) < 110, Arrays.toString(count));
    }
  }

  @Test
  void aTrillionWindowsNeedNoMemory() {
    long count = 1L << 40;
    WindowOrder order = new WindowOrder(DataOrder.SHUFFLED, count, 3);
    long distinct =
        LongStream.range(count - 1000, count + 1000).map(order::windowAt).distinct().count();
    assertEquals(2000, distinct);
    assertTrue(LongStream.range(0, 1000).map(order::windowAt).allMatch(w -> w < count));
  }

  private static long[] take(WindowOrder order, long from, long count) {
    return LongStream.range(from, from + count).map(order::windowAt).toArray();
  }
}
