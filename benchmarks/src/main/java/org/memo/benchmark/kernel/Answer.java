package org.memo.benchmark.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;
import org.memo.benchmark.WrongAnswerException;
import org.memo.device.Device;
import org.memo.planner.cost.ElementType;

/** What an operation has left in its buffers, and the comparison with a reference. */
final class Answer {
  /** Half a unit in the last place is 1/256 at most; what is rounded may itself be a little off. */
  private static final double BF16_ROUNDING = 1.0 / 200;

  private final Device device;
  private final BufferSet set;
  private final Arena arena;

  Answer(Device device, BufferSet set, Arena arena) {
    this.device = device;
    this.set = set;
    this.arena = arena;
  }

  /** The buffer as the operation left it. */
  Buffer of(Buffer buffer) {
    MemorySegment contents = arena.allocate(buffer.sizeBytes(), Long.BYTES);
    device.download(set.at(buffer), contents);
    return new Buffer(buffer.name(), buffer.type(), buffer.offsetBytes(), contents);
  }

  /** A few indices below {@code count}, both ends among them: the rows that are compared. */
  static long[] samples(long count) {
    return LongStream.of(0, 1, count / 3, count / 2, count - 2, count - 1)
        .filter(i -> i >= 0 && i < count)
        .distinct()
        .toArray();
  }

  /** The first and the last of {@code count}. */
  static long[] ends(long count) {
    return LongStream.of(0, count - 1).distinct().toArray();
  }

  /**
   * Fails unless element i is as expected.
   *
   * @param tolerance relative, and absolute below 1; in bf16 as much is added as storing one rounds
   */
  static void expect(Buffer actual, long i, double expected, double tolerance) {
    double rounding = actual.type() == ElementType.BF16 ? BF16_ROUNDING * Math.abs(expected) : 0;
    expect(actual.name(), i, actual.at(i), expected, tolerance * atLeastOne(expected) + rounding);
  }

  /** Fails unless the f64 is as expected. */
  static void expectDouble(Buffer actual, double expected, double tolerance) {
    double bound = tolerance * atLeastOne(expected);
    expect(actual.name(), 0, actual.doubleAt(0), expected, bound);
  }

  private static void expect(String name, long i, double actual, double expected, double bound) {
    // written so that NaN fails
    if (!(Math.abs(actual - expected) <= bound)) {
      throw new WrongAnswerException(
          "%s[%d] is %s, the reference says %s".formatted(name, i, actual, expected));
    }
  }

  private static double atLeastOne(double expected) {
    return Math.max(1, Math.abs(expected));
  }
}
