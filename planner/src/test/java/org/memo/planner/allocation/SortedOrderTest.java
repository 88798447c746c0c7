package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SortedOrderTest {

  @Test
  void keysOfAnySizeAreSortedAndEqualsKeepTheirOrder() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int count = random.nextInt(300);
      int bits = 1 + random.nextInt(63);
      long[] first = keys(random, count, bits);
      long[] second = keys(random, count, 2);
      SortedOrder order = new SortedOrder(count);
      order.sortBy(first);
      order.sortBy(second);
      Comparator<Integer> bySecond = Comparator.comparingLong(i -> second[i]);
      List<Integer> expected =
          IntStream.range(0, count)
              .boxed()
              .sorted(bySecond.thenComparingLong(i -> first[i]))
              .toList();
      assertEquals(expected, IntStream.range(0, count).map(order::get).boxed().toList());
    }
  }

  private static long[] keys(Random random, int count, int bits) {
    return random.longs(count).map(key -> key >> (64 - bits)).toArray();
  }
}
