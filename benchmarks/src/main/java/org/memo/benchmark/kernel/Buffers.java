package org.memo.benchmark.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;
import org.memo.planner.cost.ElementType;

/**
 * Lays out the buffers of a benchmark and fills them with seeded numbers. What they hold is freed
 * by {@link #close}.
 */
final class Buffers implements AutoCloseable {
  private static final long ALIGNMENT_BYTES = 128;

  /** So many numbers are drawn and then repeated. A prime: no two rows of a matrix are alike. */
  private static final long MOST_DRAWN = 1_000_003;

  private final SplittableRandom random = new SplittableRandom(20121);
  private final List<Buffer> all = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final ElementType type;
  private long sizeBytes;

  /**
   * @param type of activations and weights
   */
  Buffers(ElementType type) {
    this.type = type;
  }

  /** Elements of the operation's type, even in [-1, 1). */
  Buffer random(String name, long elements) {
    return random(name, elements, -1, 1);
  }

  /** Elements of the operation's type, even in [low, high). */
  Buffer random(String name, long elements, double low, double high) {
    return random(name, type, elements, low, high);
  }

  /** f32 elements, even in [low, high). */
  Buffer randomFloats(String name, long elements, double low, double high) {
    return random(name, ElementType.F32, elements, low, high);
  }

  /** f32 elements by their index. */
  Buffer floats(String name, long elements, LongToDoubleFunction element) {
    MemorySegment contents = memory(elements * Float.BYTES);
    for (long i = 0; i < elements; i++) {
      contents.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) element.applyAsDouble(i));
    }
    return add(name, ElementType.F32, contents);
  }

  /** Elements of the operation's type, zero. */
  Buffer zeros(String name, long elements) {
    return zeros(name, type, elements);
  }

  /** f32 elements, zero. */
  Buffer zeroFloats(String name, long elements) {
    return zeros(name, ElementType.F32, elements);
  }

  /** One f64, zero. */
  Buffer zeroDouble(String name) {
    return add(name, ElementType.F32, memory(Double.BYTES));
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
    return add(name, ElementType.F32, contents);
  }

  Buffer longs(String name, long... elements) {
    MemorySegment contents = memory((long) elements.length * Long.BYTES);
    MemorySegment.copy(elements, 0, contents, ValueLayout.JAVA_LONG, 0, elements.length);
    return add(name, ElementType.F32, contents);
  }

  List<Buffer> all() {
    return all;
  }

  /** The size of a set. */
  long sizeBytes() {
    return sizeBytes;
  }

  /** For what lives as long as the contents. */
  Arena arena() {
    return arena;
  }

  /** Frees what the buffers hold; where they lie stays known. */
  @Override
  public void close() {
    arena.close();
  }

  private Buffer zeros(String name, ElementType elementType, long elements) {
    return add(name, elementType, memory(elements * elementType.bytes()));
  }

  private Buffer random(
      String name, ElementType elementType, long elements, double low, double high) {
    MemorySegment contents = memory(elements * elementType.bytes());
    long drawn = Math.min(elements, MOST_DRAWN);
    double scale = (high - low) * 0x1p-32;
    for (long i = 0; i < drawn; i++) {
      set(contents, elementType, i, (float) (low + scale * (random.nextInt() + 0x1p31)));
    }
    repeat(contents, drawn * elementType.bytes());
    return add(name, elementType, contents);
  }

  /** A bf16 is the upper half of an f32: cutting the rest off is as good a number as rounding. */
  private static void set(MemorySegment contents, ElementType elementType, long i, float value) {
    if (elementType == ElementType.F32) {
      contents.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    } else {
      short upper = (short) (Float.floatToRawIntBits(value) >>> Short.SIZE);
      contents.setAtIndex(ValueLayout.JAVA_SHORT, i, upper);
    }
  }

  private static void repeat(MemorySegment contents, long periodBytes) {
    for (long at = periodBytes; at < contents.byteSize(); at += periodBytes) {
      long bytes = Math.min(periodBytes, contents.byteSize() - at);
      MemorySegment.copy(contents, 0, contents, at, bytes);
    }
  }

  private MemorySegment memory(long bytes) {
    return arena.allocate(bytes, Long.BYTES);
  }

  private Buffer add(String name, ElementType elementType, MemorySegment contents) {
    Buffer buffer = new Buffer(name, elementType, sizeBytes, contents);
    all.add(buffer);
    long end = sizeBytes + contents.byteSize();
    sizeBytes = (end + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    return buffer;
  }
}
