package org.memo.planner.allocation;

import java.util.List;
import org.memo.planner.trace.TensorLife;

/**
 * Buffers to be placed.
 *
 * @param buffers what is placed; a {@link Solution} answers in this order
 * @param alignmentBytes every offset must be a multiple of this, at least 1
 */
public record Problem(List<TensorLife> buffers, long alignmentBytes) {

  /**
   * @throws IllegalArgumentException if the alignment is below 1, or if all buffers stacked on each
   *     other would be higher than a {@code long} can say (no offset computed later can overflow)
   */
  public Problem {
    buffers = List.copyOf(buffers);
    if (alignmentBytes < 1) {
      throw new IllegalArgumentException(
          "alignment is %d bytes; it must be at least 1".formatted(alignmentBytes));
    }
    long stackedBytes = 0;
    for (TensorLife buffer : buffers) {
      try {
        long roomBytes = roundUp(buffer.sizeBytes(), alignmentBytes);
        stackedBytes = Math.addExact(stackedBytes, roomBytes);
      } catch (ArithmeticException overflow) {
        throw new IllegalArgumentException(
            "the buffers up to %s (%d bytes) add up to more than 2^63 - 1 bytes"
                .formatted(buffer.name(), buffer.sizeBytes()),
            overflow);
      }
    }
  }

  /** How many buffers there are. */
  public int size() {
    return buffers.size();
  }

  /** The buffer's size rounded up to the alignment: what it takes from those above it. */
  public long roomBytes(int buffer) {
    return roundUp(buffers.get(buffer).sizeBytes(), alignmentBytes);
  }

  /** The same buffers, each as big as its room: peak and lower bound then count whole rooms. */
  public Problem withWholeRooms() {
    return new Problem(buffers.stream().map(this::filled).toList(), alignmentBytes);
  }

  private TensorLife filled(TensorLife buffer) {
    long roomBytes = roundUp(buffer.sizeBytes(), alignmentBytes);
    return new TensorLife(buffer.name(), buffer.lower(), buffer.upper(), roomBytes);
  }

  /**
   * The smallest multiple of {@code alignmentBytes} that is at least {@code bytes}.
   *
   * @throws ArithmeticException if it is above 2^63 - 1
   */
  public static long roundUp(long bytes, long alignmentBytes) {
    return Math.multiplyExact(Math.ceilDiv(bytes, alignmentBytes), alignmentBytes);
  }
}
