package org.memo.benchmark.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;
import org.memo.benchmark.WrongAnswerException;
import org.memo.device.Device;

/** What an operation has left in its buffers, and the comparison with a reference. */
final class Answer {
  private final Device device;
  private final BufferSet set;

  Answer(Device device, BufferSet set) {
    this.device = device;
    this.set = set;
  }

  /** The buffer as the operation left it. */
  Buffer of(Buffer buffer) {
    MemorySegment contents = Arena.ofAuto().allocate(buffer.sizeBytes(), Long.BYTES);
    device.download(set.at(buffer), contents);
    return new Buffer(buffer.name(), buffer.offsetBytes(), contents);
  }

  /** A few indices below {@code count}, both ends among them: the rows that are compared. */
  static long[] samples(long count) {
    return LongStream.of(0, 1, count / 3, count / 2, count - 2, count - 1)
        .filter(i -> i >= 0 && i < count)
        .distinct()
        .toArray();
  }

  /**
   * Fails unless f32 element i is as expected.
   *
   * @param tolerance relative, and absolute below 1
   */
  static void expect(Buffer actual, long i, double expected, double tolerance) {
    expect(actual.name(), i, actual.at(i), expected, tolerance);
  }

  /** Fails unless the f64 is as expected. */
  static void expectDouble(Buffer actual, double expected, double tolerance) {
    expect(actual.name(), 0, actual.doubleAt(0), expected, tolerance);
  }

  private static void expect(
      String name, long i, double actual, double expected, double tolerance) {
    // written so that NaN fails
    if (!(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)))) {
      throw new WrongAnswerException(
          "%s[%d] is %s, the reference says %s".formatted(name, i, actual, expected));
    }
  }
}
