package org.memo.op;

import org.memo.planner.cost.ElementType;

/** Numbers as a type stores them: to the nearest, ties to even. */
final class Rounding {
  private Rounding() {}

  static float[] to(ElementType type, float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = to(type, values[i]);
    }
    return rounded;
  }

  static float to(ElementType type, float value) {
    return switch (type) {
      case F32 -> value;
      case BF16 -> ofBf16(toBf16(value));
    };
  }

  static short toBf16(float value) {
    if (Float.isNaN(value)) {
      return 0x7FC0;
    }
    int bits = Float.floatToRawIntBits(value);
    int lower = bits & 0xFFFF;
    int upper = bits >>> 16;
    boolean up = lower > 0x8000 || lower == 0x8000 && (upper & 1) == 1;
    return (short) (up ? upper + 1 : upper);
  }

  static float ofBf16(short half) {
    return Float.intBitsToFloat(half << 16);
  }

  /** How far a result of the type may be from its exact value, relative to it: half a unit. */
  static double error(ElementType type) {
    return switch (type) {
      case F32 -> 0x1p-24;
      case BF16 -> 0x1p-8;
    };
  }
}
