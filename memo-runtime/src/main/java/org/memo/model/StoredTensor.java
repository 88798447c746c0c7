package org.memo.model;

import java.util.List;

/**
 * A tensor as the header of a safetensors file describes it.
 *
 * @param dtype as written, for example "F32"
 * @param beginBytes from the end of the header
 * @param endBytes exclusive
 */
public record StoredTensor(
    String name, String dtype, List<Long> shape, long beginBytes, long endBytes) {
  public StoredTensor {
    shape = List.copyOf(shape);
  }

  public long sizeBytes() {
    return endBytes - beginBytes;
  }
}
