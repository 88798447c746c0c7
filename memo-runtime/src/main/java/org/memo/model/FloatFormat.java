package org.memo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/** The element types of safetensors files that are read as f32. */
enum FloatFormat {
  F32(4),
  F16(2),
  BF16(2);

  private static final ValueLayout.OfFloat STORED_FLOAT =
      JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort STORED_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int sizeBytes;

  FloatFormat(int sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  static Optional<FloatFormat> named(String dtype) {
    for (FloatFormat format : values()) {
      if (format.name().equals(dtype)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  int sizeBytes() {
    return sizeBytes;
  }

  /**
   * Converts {@code elements} little-endian elements of {@code stored} to f32; exact but for NaN
   * bits.
   */
  void toFloats(MemorySegment stored, MemorySegment floats, long elements) {
    switch (this) {
      case F32 ->
          MemorySegment.copy(stored, STORED_FLOAT, 0, floats, JAVA_FLOAT_UNALIGNED, 0, elements);
      case F16 -> {
        for (long i = 0; i < elements; i++) {
          float value = Float.float16ToFloat(stored.get(STORED_SHORT, i * Short.BYTES));
          floats.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, value);
        }
      }
      case BF16 -> {
        for (long i = 0; i < elements; i++) {
          float value = Float.intBitsToFloat(stored.get(STORED_SHORT, i * Short.BYTES) << 16);
          floats.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, value);
        }
      }
    }
  }
}
