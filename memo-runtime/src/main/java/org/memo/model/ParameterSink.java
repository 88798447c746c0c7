package org.memo.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Takes values of a model's tensors, a run of elements at a time. */
@FunctionalInterface
public interface ParameterSink {
  /** Takes {@code values} [n] f32, the tensor's elements from {@code firstElement} on. */
  void write(ParameterLayout.Tensor tensor, long firstElement, MemorySegment values)
      throws IOException;
}
