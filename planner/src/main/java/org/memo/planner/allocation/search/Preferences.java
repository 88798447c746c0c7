package org.memo.planner.allocation.search;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/**
 * Orders in which buffers are tried. No order is good everywhere: one that solves a problem in some
 * hundred steps is hopeless on the next. So there is a list of fixed ones, and after those each is
 * mixed with what the search has learned: buffers at moments where it often failed come earlier.
 */
final class Preferences {

  /**
   * Named as MiniMalloc's static preorderings are, a letter for each criterion, the greatest first:
   * T the fullest moment that the buffer lives through, W its lifetime, A its area (bytes x time),
   * O with how many it shares moments, counted per moment, Z its size.
   */
  private static final List<String> NAMES =
      List.of("TWA", "TAW", "TOA", "OZA", "WTA", "TZA", "WAT", "ZTA");

  /** How much of each count of failures the next run still knows. */
  private static final double MEMORY = 0.9;

  private final Problem problem;
  private final Boxes boxes;
  private final long[] fullest; // by buffer
  private final long[] crowd; // by buffer
  private final Random random;
  private final Map<String, int[]> fixedRanks = new HashMap<>();
  private int runs;
  private int turnsLeft = NAMES.size(); // until each fixed order has been used once

  Preferences(Problem problem, Boxes boxes, Unplaced all, long seed) {
    this.problem = problem;
    this.boxes = boxes;
    fullest = new long[boxes.count];
    crowd = new long[boxes.count];
    for (int buffer = 0; buffer < boxes.count; buffer++) {
      for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
        fullest[buffer] = Math.max(fullest[buffer], all.heightSum(moment));
        crowd[buffer] += all.end(moment) - all.begin(moment);
      }
    }
    random = new Random(seed);
    runs = (int) Math.floorMod(3 * seed, (long) NAMES.size());
  }

  /** The rank of each buffer in the next run, the least for the first to be tried. */
  int[] next(double[] failures) {
    int[] fixed = fixedRanks.computeIfAbsent(NAMES.get(runs++ % NAMES.size()), this::fixedRank);
    if (turnsLeft > 0) {
      turnsLeft--;
      return fixed;
    }
    double learnedPart = random.nextDouble();
    int[] learned = learnedRank(failures);
    return rankBy(
        Comparator.comparingDouble(
            buffer -> (1 - learnedPart) * fixed[buffer] + learnedPart * learned[buffer]));
  }

  private int[] learnedRank(double[] failures) {
    double[] sumBefore = new double[failures.length + 1];
    for (int moment = 0; moment < failures.length; moment++) {
      failures[moment] *= MEMORY;
      sumBefore[moment + 1] = sumBefore[moment] + failures[moment];
    }
    return rankBy(
        Comparator.comparingDouble(
            buffer -> sumBefore[boxes.first[buffer]] - sumBefore[boxes.last[buffer] + 1]));
  }

  private int[] fixedRank(String name) {
    Comparator<Integer> comparator = Comparator.comparing(buffer -> 0);
    for (char letter : name.toCharArray()) {
      comparator = comparator.thenComparingDouble(buffer -> -value(letter, buffer));
    }
    return rankBy(comparator);
  }

  private double value(char letter, int buffer) {
    TensorLife life = problem.buffers().get(buffer);
    // A double, as the time between two longs may be more than a long can say.
    double lifetime = (double) life.upper() - (double) life.lower();
    return switch (letter) {
      case 'T' -> fullest[buffer];
      case 'W' -> lifetime;
      case 'A' -> lifetime * boxes.height[buffer];
      case 'O' -> crowd[buffer];
      case 'Z' -> boxes.height[buffer];
      default -> throw new AssertionError("no criterion is called " + letter);
    };
  }

  private int[] rankBy(Comparator<Integer> comparator) {
    int[] rank = new int[boxes.count];
    int[] order =
        IntStream.range(0, boxes.count).boxed().sorted(comparator).mapToInt(i -> i).toArray();
    for (int k = 0; k < order.length; k++) {
      rank[order[k]] = k;
    }
    return rank;
  }
}
