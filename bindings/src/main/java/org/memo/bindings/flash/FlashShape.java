package org.memo.bindings.flash;

import org.memo.bindings.StorageType;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * What an attention call works on. Token t attends to the tokens of its own segment up to itself;
 * query head h reads key/value head h / (heads / kvHeads).
 *
 * @param type of q, k, v, out and their gradients
 * @param segmentOffsets [numSegments + 1] i64 in device memory: ascending, the first 0, the last
 *     {@code tokens}; other offsets are a fault
 * @param headDim elements of one head, 1 to 256
 * @param scale what the scores are multiplied with before the softmax
 */
public record FlashShape(
    StorageType type,
    DeviceAddress segmentOffsets,
    long numSegments,
    long tokens,
    long heads,
    long kvHeads,
    long headDim,
    float scale) {

  /** Without the address, for an error message. */
  @Override
  public String toString() {
    return "(type=%s segments=%d tokens=%d heads=%d kv_heads=%d head_dim=%d scale=%s)"
        .formatted(type, numSegments, tokens, heads, kvHeads, headDim, scale);
  }
}
