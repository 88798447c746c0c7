package org.memo.planner.ortools;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/**
 * The maximal sets of buffers that are alive together: two buffers overlap in time exactly if some
 * set holds both. A set is complete at a moment at which a buffer dies and the last change before
 * was a birth, so there are at most as many sets as buffers.
 */
final class LiveSets {

  private final Problem problem;
  private final int[] births;
  private final int[] deaths;

  private LiveSets(Problem problem) {
    this.problem = problem;
    births = sortedBy(TensorLife::lower);
    deaths = sortedBy(TensorLife::upper);
  }

  /** The sets in the order of time, each a list of buffer numbers. */
  static List<int[]> of(Problem problem) {
    List<int[]> sets = new ArrayList<>();
    new LiveSets(problem).sweep((live, count) -> sets.add(Arrays.copyOf(live, count)));
    return sets;
  }

  /** How many buffers all sets hold together, a buffer counted in each of its sets. */
  static long countEntries(Problem problem) {
    long[] entries = {0};
    new LiveSets(problem).sweep((live, count) -> entries[0] += count);
    return entries[0];
  }

  private void sweep(BiConsumer<int[], Integer> complete) {
    int[] live = new int[births.length];
    int[] position = new int[births.length];
    int count = 0;
    int born = 0;
    boolean grew = false;
    for (int dying : deaths) {
      long now = upper(dying);
      while (born < births.length && lower(births[born]) < now) {
        position[births[born]] = count;
        live[count++] = births[born++];
        grew = true;
      }
      if (grew) {
        complete.accept(live, count);
        grew = false;
      }
      count--;
      live[position[dying]] = live[count];
      position[live[count]] = position[dying];
    }
  }

  private int[] sortedBy(ToLongFunction<TensorLife> moment) {
    return IntStream.range(0, problem.size())
        .boxed()
        .sorted(Comparator.comparingLong(i -> moment.applyAsLong(problem.buffers().get(i))))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private long lower(int buffer) {
    return problem.buffers().get(buffer).lower();
  }

  private long upper(int buffer) {
    return problem.buffers().get(buffer).upper();
  }
}
