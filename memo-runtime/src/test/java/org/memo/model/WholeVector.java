package org.memo.model;

import java.lang.foreign.MemorySegment;

/** All values of a model in the vector of its layout. */
public record WholeVector(MemorySegment floats) implements ParameterValues, ParameterSink {

  /** Fills a vector; padding becomes 0. */
  static void fill(ParameterLayout layout, ParameterValues values, MemorySegment floats) {
    floats.fill((byte) 0);
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      MemorySegment part =
          floats.asSlice(tensor.offsetElements() * Float.BYTES, tensor.elements() * Float.BYTES);
      values.read(tensor, 0, part);
    }
  }

  @Override
  public void read(ParameterLayout.Tensor tensor, long firstElement, MemorySegment values) {
    values.copyFrom(run(tensor, firstElement, values));
  }

  @Override
  public void write(ParameterLayout.Tensor tensor, long firstElement, MemorySegment values) {
    run(tensor, firstElement, values).copyFrom(values);
  }

  private MemorySegment run(ParameterLayout.Tensor tensor, long first, MemorySegment values) {
    return floats.asSlice((tensor.offsetElements() + first) * Float.BYTES, values.byteSize());
  }
}
