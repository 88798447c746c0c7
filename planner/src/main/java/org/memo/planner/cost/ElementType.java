package org.memo.planner.cost;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a tensor's elements are on the device; the same type selects the rate that computes them.
 */
public enum ElementType {
  /** IEEE 754 binary32. */
  @JsonProperty("f32")
  F32(4),
  /** bfloat16: the upper half of a binary32. */
  @JsonProperty("bf16")
  BF16(2);

  private final long bytes;

  ElementType(long bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public long bytes() {
    return bytes;
  }
}
