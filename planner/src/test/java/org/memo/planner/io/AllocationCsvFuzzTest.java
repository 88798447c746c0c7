package org.memo.planner.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/** What the reader makes of texts that nobody wrote by hand. */
class AllocationCsvFuzzTest {

  private static final List<String> PIECES =
      List.of(
          ",",
          "\n",
          "\r",
          "\r\n",
          "\"",
          "\"\"",
          " ",
          "\t",
          "-",
          "+",
          ".",
          "0",
          "9",
          "e9",
          "x",
          "id",
          "size",
          "upper",
          "offset",
          "gaps",
          "alignment",
          "\0",
          "\uFEFF",
          "\uD800",
          "\u2028",
          "9223372036854775807",
          "-9223372036854775808",
          "18446744073709551616",
          "%d%s%n");

  @Test
  void everyDamagedTextIsAProblemOrAComplaintInOneLine() {
    int refused = 0;
    int rounds = 20_000;
    for (int seed = 0; seed < rounds; seed++) {
      Random random = new Random(seed);
      String text = damaged(AllocationCsv.format(randomProblem(random)), random);
      try {
        requireThatOffsetsCanBeAdded(AllocationCsv.parse(text, 1));
      } catch (IllegalArgumentException e) {
        refused++;
        String message = String.valueOf(e.getMessage());
        assertFalse(message.isBlank() || message.length() > 1000, message);
      }
    }
    assertTrue(refused > rounds / 10 && refused < rounds, refused + " texts were refused");
  }

  @Test
  void theOrderOfRowsAndColumnsChangesNothingElse() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Problem problem = randomProblem(random);
      List<Integer> columns = shuffled(4, random);
      List<Integer> rows = shuffled(problem.size(), random);
      StringBuilder text = new StringBuilder(joined(columns, "id", "lower", "upper", "size"));
      for (int row : rows) {
        TensorLife b = problem.buffers().get(row);
        text.append(random.nextBoolean() ? "\r\n" : "\n\n");
        text.append(joined(columns, b.name(), b.lower(), b.upper(), b.sizeBytes()));
      }
      assertEquals(
          rows.stream().map(problem.buffers()::get).toList(),
          AllocationCsv.parse(text.toString(), 1).problem().buffers());
    }
  }

  private static void requireThatOffsetsCanBeAdded(AllocationCsv csv) {
    List<Long> offsets = new ArrayList<>();
    long top = 0;
    for (TensorLife buffer : csv.problem().buffers()) {
      offsets.add(top);
      top += buffer.sizeBytes();
    }
    Solution stacked = Solution.of(csv.problem(), offsets);
    StringBuilder text = new StringBuilder();
    try {
      csv.writeWith(stacked, text);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    AllocationCsv answer = AllocationCsv.parse(text.toString(), 1);
    assertEquals(csv.problem(), answer.problem());
    assertEquals(Optional.of(stacked), answer.solution());
  }

  private static String damaged(String text, Random random) {
    StringBuilder damaged = new StringBuilder(text);
    for (int cuts = random.nextInt(4); cuts >= 0; cuts--) {
      int from = random.nextInt(damaged.length() + 1);
      int to = Math.min(damaged.length(), from + random.nextInt(4));
      damaged.replace(from, to, PIECES.get(random.nextInt(PIECES.size())));
    }
    return damaged.toString();
  }

  private static Problem randomProblem(Random random) {
    List<TensorLife> buffers = new ArrayList<>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      long lower = random.nextLong(1_000_000_000_000L);
      long upper = lower + 1 + random.nextLong(1_000_000_000_000L);
      buffers.add(new TensorLife("t" + i, lower, upper, 1 + random.nextLong(1L << 36)));
    }
    return new Problem(buffers, 1);
  }

  private static List<Integer> shuffled(int count, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    return order;
  }

  private static String joined(List<Integer> order, Object... fields) {
    return String.join(",", order.stream().map(i -> String.valueOf(fields[i])).toList());
  }
}
