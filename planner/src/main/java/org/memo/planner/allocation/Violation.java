package org.memo.planner.allocation;

import org.memo.planner.trace.TensorLife;

/** A rule that a {@link Solution} breaks, and where. */
public sealed interface Violation {

  /** One sentence for people. */
  String message();

  /** There is not one offset per buffer. */
  record WrongCount(int buffers, int offsets) implements Violation {
    @Override
    public String message() {
      return "there are %d offsets for %d buffers".formatted(offsets, buffers);
    }
  }

  /** A buffer starts below 0, or so high that its end is not a {@code long}. */
  record OutOfRange(TensorLife buffer, long offsetBytes) implements Violation {
    @Override
    public String message() {
      return "%s has offset %d; it must be from 0 to 2^63 - 1 less its size"
          .formatted(describe(buffer), offsetBytes);
    }
  }

  /** A buffer's offset is not a multiple of the alignment. */
  record Misaligned(TensorLife buffer, long offsetBytes, long alignmentBytes) implements Violation {
    @Override
    public String message() {
      return "%s has offset %d, which is not a multiple of the alignment %d"
          .formatted(describe(buffer), offsetBytes, alignmentBytes);
    }
  }

  /** Two buffers that are alive together share bytes. */
  record Overlap(TensorLife first, long firstOffset, TensorLife second, long secondOffset)
      implements Violation {
    @Override
    public String message() {
      return "%s at offset %d and %s at offset %d share bytes while both are alive"
          .formatted(describe(first), firstOffset, describe(second), secondOffset);
    }
  }

  /** The peak is not where the highest buffer ends. */
  record WrongPeak(long statedBytes, long actualBytes) implements Violation {
    @Override
    public String message() {
      return "the peak is stated as %d bytes, but the highest buffer ends at %d"
          .formatted(statedBytes, actualBytes);
    }
  }

  private static String describe(TensorLife buffer) {
    return "buffer %s (%d bytes, alive [%d, %d))"
        .formatted(buffer.name(), buffer.sizeBytes(), buffer.lower(), buffer.upper());
  }
}
