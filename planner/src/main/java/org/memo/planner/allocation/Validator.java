package org.memo.planner.allocation;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.memo.planner.trace.TensorLife;

/**
 * Judges solutions by a sweep through time. It shares no code with the solvers, so that a mistake
 * of theirs cannot hide in here as well.
 */
public final class Validator {

  private final Problem problem;
  private final Solution solution;

  private Validator(Problem problem, Solution solution) {
    this.problem = problem;
    this.solution = solution;
  }

  /** The first broken rule found, or empty if the solution is valid. */
  public static Optional<Violation> check(Problem problem, Solution solution) {
    int buffers = problem.buffers().size();
    int offsets = solution.offsetsBytes().size();
    if (buffers != offsets) {
      return Optional.of(new Violation.WrongCount(buffers, offsets));
    }
    Validator validator = new Validator(problem, solution);
    return validator.checkOffsets().or(validator::checkOverlaps).or(validator::checkPeak);
  }

  /**
   * Lets valid solutions pass.
   *
   * @throws IllegalArgumentException saying which rule is broken by which buffers
   */
  public static void requireValid(Problem problem, Solution solution) {
    check(problem, solution)
        .ifPresent(violation -> {
          throw new IllegalArgumentException(violation.message());
        });
  }

  private Optional<Violation> checkOffsets() {
    for (int i = 0; i < problem.buffers().size(); i++) {
      TensorLife buffer = problem.buffers().get(i);
      long offset = offset(i);
      if (offset < 0 || offset > Long.MAX_VALUE - buffer.sizeBytes()) {
        return Optional.of(new Violation.OutOfRange(buffer, offset));
      }
      if (offset % problem.alignmentBytes() != 0) {
        return Optional.of(new Violation.Misaligned(buffer, offset, problem.alignmentBytes()));
      }
    }
    return Optional.empty();
  }

  private Optional<Violation> checkPeak() {
    long actual = IntStream.range(0, problem.buffers().size()).mapToLong(this::end).max().orElse(0);
    return actual == solution.peakBytes()
        ? Optional.empty()
        : Optional.of(new Violation.WrongPeak(solution.peakBytes(), actual));
  }

  /**
   * Sweeps through time with the live buffers sorted by offset. As long as those are disjoint, a
   * newborn that overlaps any of them overlaps the one just below it or the one just above.
   */
  private Optional<Violation> checkOverlaps() {
    List<Integer> births = sortedBy(TensorLife::lower);
    List<Integer> deaths = sortedBy(TensorLife::upper);
    TreeMap<Long, Integer> liveByOffset = new TreeMap<>();
    int died = 0;
    for (int newborn : births) {
      long now = problem.buffers().get(newborn).lower();
      for (; problem.buffers().get(deaths.get(died)).upper() <= now; died++) {
        liveByOffset.remove(offset(deaths.get(died)));
      }
      Map.Entry<Long, Integer> below = liveByOffset.floorEntry(offset(newborn));
      if (below != null && end(below.getValue()) > offset(newborn)) {
        return Optional.of(overlap(below.getValue(), newborn));
      }
      Map.Entry<Long, Integer> above = liveByOffset.higherEntry(offset(newborn));
      if (above != null && end(newborn) > above.getKey()) {
        return Optional.of(overlap(newborn, above.getValue()));
      }
      liveByOffset.put(offset(newborn), newborn);
    }
    return Optional.empty();
  }

  private List<Integer> sortedBy(ToLongFunction<TensorLife> moment) {
    long[] moments = problem.buffers().stream().mapToLong(moment).toArray();
    return IntStream.range(0, moments.length)
        .boxed()
        .sorted(Comparator.comparingLong(i -> moments[i]))
        .toList();
  }

  private Violation overlap(int lower, int upper) {
    return new Violation.Overlap(
        problem.buffers().get(lower), offset(lower), problem.buffers().get(upper), offset(upper));
  }

  private long offset(int buffer) {
    return solution.offsetsBytes().get(buffer);
  }

  private long end(int buffer) {
    return offset(buffer) + problem.buffers().get(buffer).sizeBytes();
  }
}
