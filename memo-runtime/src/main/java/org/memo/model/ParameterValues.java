package org.memo.model;

import java.lang.foreign.MemorySegment;

/** Values of a model's tensors, a run of elements at a time: no model is in memory as a whole. */
@FunctionalInterface
public interface ParameterValues {
  /**
   * Fills {@code values} [n] f32 with the tensor's elements from {@code firstElement} on.
   *
   * @param values memory that any thread may write
   */
  void read(ParameterLayout.Tensor tensor, long firstElement, MemorySegment values);
}
