package org.memo.planner.allocation;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * The moments at which the set of live buffers changes, numbered from 0. Between two of them
 * nothing happens, so work is proportional to their number and not to the length of time.
 */
final class Timeline {

  private final long[] moments;

  Timeline(Problem problem) {
    moments =
        problem.buffers().stream()
            .flatMapToLong(buffer -> LongStream.of(buffer.lower(), buffer.upper()))
            .sorted()
            .distinct()
            .toArray();
  }

  int size() {
    return moments.length;
  }

  /** The number of a moment, which must be the lower or upper end of some buffer. */
  int indexOf(long moment) {
    return Arrays.binarySearch(moments, moment);
  }
}
