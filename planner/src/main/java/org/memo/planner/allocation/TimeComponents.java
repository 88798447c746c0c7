package org.memo.planner.allocation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.planner.trace.TensorLife;

/** The parts of a problem that share no moment, each of which can be solved by itself. */
final class TimeComponents {

  /**
   * Some buffers of a problem as a problem.
   *
   * @param buffers their numbers in the whole
   */
  record Component(Problem problem, List<Integer> buffers) {

    /** The part of a solution of the whole that is this one's. */
    Solution partOf(Solution whole) {
      return Solution.of(problem, buffers.stream().map(whole.offsetsBytes()::get).toList());
    }
  }

  private TimeComponents() {}

  /** All parts, in the order of time. */
  static List<Component> of(Problem problem) {
    List<Integer> byBirth =
        IntStream.range(0, problem.size())
            .boxed()
            .sorted(Comparator.comparingLong(i -> problem.buffers().get(i).lower()))
            .toList();
    List<Component> components = new ArrayList<>();
    int begin = 0;
    long end = Long.MIN_VALUE;
    for (int k = 0; k < byBirth.size(); k++) {
      TensorLife life = problem.buffers().get(byBirth.get(k));
      if (life.lower() >= end && k > begin) {
        components.add(component(problem, byBirth.subList(begin, k)));
        begin = k;
      }
      end = Math.max(end, life.upper());
    }
    if (begin < byBirth.size()) {
      components.add(component(problem, byBirth.subList(begin, byBirth.size())));
    }
    return components;
  }

  private static Component component(Problem problem, List<Integer> buffers) {
    List<TensorLife> lives = buffers.stream().map(problem.buffers()::get).toList();
    return new Component(new Problem(lives, problem.alignmentBytes()), buffers);
  }
}
