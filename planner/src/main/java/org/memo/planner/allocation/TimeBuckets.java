package org.memo.planner.allocation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Placed buffers, kept so that those alive in a short stretch of time are found without looking at
 * all others. Time is cut into equal buckets on several levels: one bucket on the first, 16 on the
 * next, 256, and so on while a bucket is still long. On each level a buffer is listed in every
 * bucket that it touches. Most tensors of a step are short-lived and see one fine bucket only.
 */
final class TimeBuckets {

  private static final int BRANCHING = 16;
  private static final int MIN_BUCKET_LENGTH = 1024;

  private record Level(int bucketLength, List<OffsetOrder> buckets) {}

  private final List<Level> levels = new ArrayList<>();

  TimeBuckets(int timelineSize) {
    int bucketLength = Math.max(1, timelineSize);
    do {
      int count = Math.ceilDiv(timelineSize, bucketLength);
      levels.add(new Level(bucketLength, Stream.generate(OffsetOrder::new).limit(count).toList()));
      bucketLength = Math.ceilDiv(bucketLength, BRANCHING);
    } while (bucketLength >= MIN_BUCKET_LENGTH);
  }

  /**
   * Adds a buffer alive from {@code lower} to before {@code upper}, whose offset is known.
   *
   * @return how much work that was, in looks at a buffer
   */
  long add(int buffer, int lower, int upper, long[] offsets) {
    long work = 0;
    for (Level level : levels) {
      int last = (upper - 1) / level.bucketLength;
      for (int bucket = lower / level.bucketLength; bucket <= last; bucket++) {
        work += level.buckets.get(bucket).add(buffer, offsets);
      }
    }
    return work;
  }

  /** A list that holds all buffers alive in the given time, and as few others as can be. */
  OffsetOrder around(int lower, int upper) {
    for (Level level : levels.reversed()) {
      int bucket = lower / level.bucketLength;
      if (bucket == (upper - 1) / level.bucketLength) {
        return level.buckets.get(bucket);
      }
    }
    throw new AssertionError("the first level's only bucket holds all of time");
  }
}
