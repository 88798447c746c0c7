package org.memo.bindings;

/**
 * How a native kernel's activations and weights are stored; it accumulates in f32 or wider. The
 * constants are those of the kernels' C headers.
 */
public enum StorageType {
  /** IEEE single precision. */
  F32(0, 4),

  /** The upper half of an f32, rounded to the nearest, ties to even. */
  BF16(1, 2);

  private final int code;
  private final long bytes;

  StorageType(int code, long bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** {@code MEMO_F32} or {@code MEMO_BF16}. */
  public int code() {
    return code;
  }

  /** Bytes of an element. */
  public long bytes() {
    return bytes;
  }
}
