package org.memo.benchmark.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/** Lays out the buffers of a benchmark and fills them with seeded numbers. */
final class Buffers {
  private static final long ALIGNMENT_BYTES = 128;

  private final SplittableRandom random = new SplittableRandom(20121);
  private final List<Buffer> all = new ArrayList<>();
  private long sizeBytes;

  /** f32 elements, even in [-1, 1). */
  Buffer random(String name, long elements) {
    return random(name, elements, -1, 1);
  }

  /** f32 elements, even in [low, high). */
  Buffer random(String name, long elements, double low, double high) {
    double scale = (high - low) * 0x1p-32;
    return floats(name, elements, i -> low + scale * (random.nextInt() + 0x1p31));
  }

  /** f32 elements by their index. */
  Buffer floats(String name, long elements, LongToDoubleFunction element) {
    MemorySegment contents = memory(elements * Float.BYTES);
    for (long i = 0; i < elements; i++) {
      contents.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) element.applyAsDouble(i));
    }
    return add(name, contents);
  }

  /** f32 elements, zero. */
  Buffer zeros(String name, long elements) {
    return add(name, memory(elements * Float.BYTES));
  }

  /** One f64, zero. */
  Buffer zeroDouble(String name) {
    return add(name, memory(Double.BYTES));
  }

  /** i32 elements, even in [0, bound). */
  Buffer randomInts(String name, long elements, int bound) {
    return ints(name, elements, i -> random.nextInt(bound));
  }

  /** i32 elements by their index. */
  Buffer ints(String name, long elements, LongUnaryOperator element) {
    MemorySegment contents = memory(elements * Integer.BYTES);
    for (long i = 0; i < elements; i++) {
      contents.setAtIndex(ValueLayout.JAVA_INT, i, Math.toIntExact(element.applyAsLong(i)));
    }
    return add(name, contents);
  }

  Buffer longs(String name, long... elements) {
    MemorySegment contents = memory((long) elements.length * Long.BYTES);
    MemorySegment.copy(elements, 0, contents, ValueLayout.JAVA_LONG, 0, elements.length);
    return add(name, contents);
  }

  List<Buffer> all() {
    return all;
  }

  /** The size of a set. */
  long sizeBytes() {
    return sizeBytes;
  }

  private static MemorySegment memory(long bytes) {
    return Arena.ofAuto().allocate(bytes, Long.BYTES);
  }

  private Buffer add(String name, MemorySegment contents) {
    Buffer buffer = new Buffer(name, sizeBytes, contents);
    all.add(buffer);
    long end = sizeBytes + contents.byteSize();
    sizeBytes = (end + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    return buffer;
  }
}
