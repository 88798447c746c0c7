package org.memo.parallel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory as a device has it, at odd addresses. */
public final class TestMemory {
  private TestMemory() {}

  /** Memory that no call may leave as it is. */
  public static MemorySegment garbage(long sizeBytes) {
    MemorySegment segment = Arena.ofAuto().allocate(sizeBytes + 1, 8).asSlice(1);
    spoil(segment);
    return segment;
  }

  /** Makes NaNs of all elements, of every type. */
  public static void spoil(MemorySegment segment) {
    segment.fill((byte) 0xFF);
  }

  public static MemorySegment of(float... values) {
    MemorySegment segment = garbage((long) values.length * Float.BYTES);
    MemorySegment.copy(values, 0, segment, JAVA_FLOAT_UNALIGNED, 0, values.length);
    return segment;
  }

  static MemorySegment of(double... values) {
    MemorySegment segment = garbage((long) values.length * Double.BYTES);
    MemorySegment.copy(values, 0, segment, JAVA_DOUBLE_UNALIGNED, 0, values.length);
    return segment;
  }

  /** Values that bf16 represents. */
  static MemorySegment ofBf16(float... values) {
    MemorySegment segment = garbage((long) values.length * Short.BYTES);
    for (int i = 0; i < values.length; i++) {
      short bits = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
      segment.set(JAVA_SHORT_UNALIGNED, (long) i * Short.BYTES, bits);
    }
    return segment;
  }

  public static float[] floats(MemorySegment segment) {
    return segment.toArray(JAVA_FLOAT_UNALIGNED);
  }

  static double[] doubles(MemorySegment segment) {
    return segment.toArray(JAVA_DOUBLE_UNALIGNED);
  }

  static float[] bf16(MemorySegment segment) {
    float[] values = new float[(int) (segment.byteSize() / Short.BYTES)];
    for (int i = 0; i < values.length; i++) {
      int bits = segment.get(JAVA_SHORT_UNALIGNED, (long) i * Short.BYTES) << 16;
      values[i] = Float.intBitsToFloat(bits);
    }
    return values;
  }
}
