package org.memo.planner.ortools;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/** Two buffers, by number, that are alive together. */
record Overlap(int first, int second) {

  Overlap reversed() {
    return new Overlap(second, first);
  }

  /** All overlaps of a problem, or more than {@code most} of them, after which it stops. */
  static List<Overlap> of(Problem problem, int most) {
    List<TensorLife> buffers = problem.buffers();
    List<Integer> births =
        IntStream.range(0, problem.size())
            .boxed()
            .sorted(Comparator.comparingLong(buffer -> buffers.get(buffer).lower()))
            .toList();
    List<Overlap> overlaps = new ArrayList<>();
    for (int i = 0; i < births.size() && overlaps.size() <= most; i++) {
      long death = buffers.get(births.get(i)).upper();
      for (int j = i + 1; j < births.size(); j++) {
        if (buffers.get(births.get(j)).lower() >= death || overlaps.size() > most) {
          break;
        }
        overlaps.add(new Overlap(births.get(i), births.get(j)));
      }
    }
    return overlaps;
  }
}
